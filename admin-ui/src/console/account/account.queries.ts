import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'
import { ruleFields } from '../access-rules/rule-fields.ts'

export const changePasswordMutation = graphql(
  `
    mutation ChangePassword($input: ChangePasswordInput!) {
      payload: changePassword(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const apiTokensQuery = graphql(
  `
    query ApiTokens($first: Int, $after: String, $last: Int, $before: String) {
      connection: apiTokens(first: $first, after: $after, last: $last, before: $before) {
        nodes {
          id
          name
          createdAt
          expiresAt
          lastUsedAt
          lastUsedIp
          ipRanges
          rules {
            ...RuleFields
          }
          tenant {
            id
            name
          }
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [ruleFields, pageFields],
)
export type ApiTokenRow = ResultOf<typeof apiTokensQuery>['connection']['nodes'][number]

export const createApiTokenMutation = graphql(
  `
    mutation CreateApiToken($input: CreateApiTokenInput!) {
      payload: createApiToken(input: $input) {
        apiToken {
          id
          name
        }
        secret
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const deleteApiTokenMutation = graphql(
  `
    mutation DeleteApiToken($id: ID!) {
      payload: deleteApiToken(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
