import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const aliasFields = graphql(`
  fragment AliasFields on Alias {
    id
    version
    address
    displayAddress
    localPart
    status
    effectiveStatus
    targets
    createdAt
    domain {
      id
      name
      displayName
    }
  }
`)
export type AliasRow = ResultOf<typeof aliasFields>

export const aliasesQuery = graphql(
  `
    query Aliases(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: AliasFilter
      $orderBy: AliasOrder
      $counted: Boolean = true
    ) {
      connection: aliases(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...AliasFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount @include(if: $counted)
      }
    }
  `,
  [aliasFields, pageFields],
)

export const aliasesSubscription = graphql(
  `
    subscription AliasChanges($filter: LiveChangesFilter) {
      change: changes(filter: $filter) {
        kind
        id
        node {
          ...AliasFields
        }
      }
    }
  `,
  [aliasFields],
)

export const createAliasMutation = graphql(
  `
    mutation CreateAlias($input: CreateAliasInput!) {
      payload: createAlias(input: $input) {
        alias {
          ...AliasFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [aliasFields, errorFields],
)

export const updateAliasMutation = graphql(
  `
    mutation UpdateAlias($input: UpdateAliasInput!) {
      payload: updateAlias(input: $input) {
        alias {
          ...AliasFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [aliasFields, errorFields],
)
