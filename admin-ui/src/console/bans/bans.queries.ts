import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const bansQuery = graphql(
  `
    query Bans($first: Int, $after: String, $last: Int, $before: String, $filter: BanFilter) {
      connection: bans(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          id
          network
          failures
          strikes
          createdAt
          until
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [pageFields],
)
export type BanRow = ResultOf<typeof bansQuery>['connection']['nodes'][number]

export const liftBanMutation = graphql(
  `
    mutation LiftBan($id: ID!) {
      payload: liftBan(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
