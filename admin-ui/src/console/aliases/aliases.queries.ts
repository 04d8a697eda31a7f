import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

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
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        totalCount
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

export const aliasLifecycle = {
  suspend: graphql(
    `
      mutation SuspendAlias($input: VersionedInput!) {
        payload: suspendAlias(input: $input) {
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
  ),
  resume: graphql(
    `
      mutation ResumeAlias($input: VersionedInput!) {
        payload: resumeAlias(input: $input) {
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
  ),
  delete: graphql(
    `
      mutation DeleteAlias($input: VersionedInput!) {
        payload: deleteAlias(input: $input) {
          deletedId
          errors {
            ...ErrorFields
          }
        }
      }
    `,
    [errorFields],
  ),
}
