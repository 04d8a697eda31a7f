/**
 * The mutations that suspend, resume and delete differ from kind to kind in their names only. The compiler holds the names
 * to the schema, lifecycle-mutation.test.ts the whole documents.
 */
// By another name, since `gql.tada check` takes a tag of that name for one that it can check.
import { gql as composed, type TypedDocumentNode } from '@urql/core'
import type { PayloadError } from '../../graphql/api-error.ts'
import { errorFields } from '../../graphql/error-fields.ts'
import type { MutationName } from '../../graphql/graphql.ts'

type Always = 'suspend' | 'resume' | 'delete'
/** What was deleted is restored, of some kinds. */
export type Step = Always | 'restore'

/** The kinds of object that have all three. */
export type LifecycleKind = {
  [Name in MutationName]: Name extends `suspend${infer Kind}`
    ? `${Always}${Kind}` extends MutationName
      ? Kind
      : never
    : never
}[MutationName]

/** The kinds that may take mail in while they are suspended. */
export const receivingKinds: readonly string[] = ['Tenant', 'Domain', 'Mailbox'] satisfies LifecycleKind[]

/** The kinds that stay for a while when they are deleted. */
export const restorableKinds: readonly string[] = ['Tenant', 'Domain', 'Mailbox'] satisfies LifecycleKind[]

export function lifecycleMutation(step: Step, kind: LifecycleKind, more: '' | ', receiving: true' = '') {
  const name = `${step}${kind}`
  const document: TypedDocumentNode<
    { payload: { errors: PayloadError[] } },
    { input: { id: string; version: number } }
  > = composed`
    mutation ${name}($input: VersionedInput!) {
      payload: ${name}(input: $input${more}) {
        errors {
          ...ErrorFields
        }
      }
    }
    ${errorFields}
  `
  return document
}
