/** The mutations that start bulk jobs differ in their names only; bulk-mutation.test.ts holds them to the schema. */
// By another name, since `gql.tada check` takes a tag of that name for one that it can check.
import { gql as composed, type TypedDocumentNode } from '@urql/core'
import type { PayloadError } from '../../graphql/api-error.ts'
import { errorFields } from '../../graphql/error-fields.ts'
import type { BulkAction, BulkKind } from './bulk-kind.ts'

export function bulkMutation(operation: BulkAction<unknown>['operation'], plural: BulkKind<unknown>['plural']) {
  const document: TypedDocumentNode<
    { payload: { job: { id: string } | null; errors: PayloadError[] } },
    { input: object }
  > = composed`
    mutation Bulk($input: Bulk${operation}${plural}Input!) {
      payload: bulk${operation}${plural}(input: $input) {
        job {
          id
        }
        errors {
          ...ErrorFields
        }
      }
    }
    ${errorFields}
  `
  return document
}
