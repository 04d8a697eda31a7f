import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const bulkJobFields = graphql(`
  fragment BulkJobFields on Job {
    id
    state
    total
    succeeded
    failed
    errorCode
  }
`)
export type BulkJob = ResultOf<typeof bulkJobFields>

export const bulkProgressSubscription = graphql(
  `
    subscription BulkProgress($id: ID!) {
      job: jobProgress(id: $id) {
        ...BulkJobFields
      }
    }
  `,
  [bulkJobFields],
)

/** Those refused first: the first page is what a dialog shows. */
export const bulkRowsQuery = graphql(
  `
    query BulkRows($id: ID!, $state: JobRowState!, $first: Int!, $after: String) {
      job(id: $id) {
        id
        rows(state: $state, first: $first, after: $after) {
          nodes {
            key
            objectId
            error {
              ...ErrorFields
            }
          }
          pageInfo {
            hasNextPage
            endCursor
          }
        }
      }
    }
  `,
  [errorFields],
)
type BulkRows = NonNullable<ResultOf<typeof bulkRowsQuery>['job']>['rows']
export type BulkRow = BulkRows['nodes'][number]

export const runBulkMutation = graphql(
  `
    mutation RunBulk($id: ID!) {
      payload: runJob(input: { id: $id }) {
        job {
          id
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const cancelBulkMutation = graphql(
  `
    mutation CancelBulk($id: ID!) {
      payload: cancelJob(input: { id: $id }) {
        job {
          id
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
