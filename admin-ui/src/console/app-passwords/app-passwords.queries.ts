import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const appPasswordFields = graphql(`
  fragment AppPasswordFields on AppPassword {
    id
    version
    name
    protocols
    networks
    createdAt
    expiresAt
    lastUsedAt
    lastUsedFrom
  }
`)
export type AppPasswordRow = ResultOf<typeof appPasswordFields>
export type AppPasswordProtocol = AppPasswordRow['protocols'][number]

export const appPasswordsQuery = graphql(
  `
    query AppPasswords($first: Int, $after: String, $last: Int, $before: String, $mailboxId: ID!) {
      connection: appPasswords(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: { mailboxId: $mailboxId }
      ) {
        nodes {
          ...AppPasswordFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [appPasswordFields, pageFields],
)

export const createAppPasswordMutation = graphql(
  `
    mutation CreateAppPassword($input: CreateAppPasswordInput!) {
      payload: createAppPassword(input: $input) {
        secret
        appPassword {
          ...AppPasswordFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [appPasswordFields, errorFields],
)

export const deleteAppPasswordMutation = graphql(
  `
    mutation DeleteAppPassword($input: VersionedInput!) {
      payload: deleteAppPassword(input: $input) {
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
