import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const revisionFields = graphql(`
  fragment RevisionFields on Revision {
    id
    number
    at
    source
    operation
    reason
    changeCount
    actor {
      administratorId
      email
      impersonatorEmail
    }
    changes {
      id
      change
      type
      objectId
      label
      revertible
      fields {
        field
        before
        after
        secret
      }
    }
  }
`)
export type RevisionRow = ResultOf<typeof revisionFields>

export const revisionsQuery = graphql(
  `
    query Revisions($first: Int, $after: String, $last: Int, $before: String, $filter: RevisionFilter) {
      connection: revisions(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...RevisionFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [revisionFields, pageFields],
)

export const revertRevisionMutation = graphql(
  `
    mutation RevertRevision($input: RevertRevisionInput!) {
      payload: revertRevision(input: $input) {
        reverted
        conflicts {
          type
          objectId
          label
          field
          expected
          current
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
export type RevertConflictRow = NonNullable<ResultOf<typeof revertRevisionMutation>['payload']['conflicts']>[number]
