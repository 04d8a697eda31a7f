import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'
import { ruleFields } from '../access-rules/rule-fields.ts'

const grantFields = graphql(
  `
    fragment GrantFields on Grant {
      id
      version
      receiverEmail
      state
      reason
      expiresAt
      decidedAt
      createdAt
      rules {
        ...RuleFields
      }
      tenant {
        id
        name
      }
    }
  `,
  [ruleFields],
)
export type GrantRow = ResultOf<typeof grantFields>

export const grantsQuery = graphql(
  `
    query Grants($first: Int, $after: String, $last: Int, $before: String, $filter: GrantFilter) {
      connection: grants(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...GrantFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [grantFields, pageFields],
)

export const offerGrantMutation = graphql(
  `
    mutation OfferGrant($input: OfferGrantInput!) {
      payload: offerGrant(input: $input) {
        grant {
          ...GrantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [grantFields, errorFields],
)

export const requestGrantMutation = graphql(
  `
    mutation RequestGrant($input: RequestGrantInput!) {
      payload: requestGrant(input: $input) {
        grant {
          ...GrantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [grantFields, errorFields],
)

export const decideGrantMutation = graphql(
  `
    mutation DecideGrant($input: DecideGrantInput!) {
      payload: decideGrant(input: $input) {
        grant {
          ...GrantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [grantFields, errorFields],
)

export const revokeGrantMutation = graphql(
  `
    mutation RevokeGrant($input: VersionedInput!) {
      payload: revokeGrant(input: $input) {
        grant {
          ...GrantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [grantFields, errorFields],
)
