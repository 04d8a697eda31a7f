import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const administratorFields = graphql(`
  fragment AdministratorFields on Administrator {
    id
    version
    email
    name
    role
    status
    createdAt
    lastSignInAt
    tenant {
      id
      name
    }
  }
`)
export type AdministratorRow = ResultOf<typeof administratorFields>

export const administratorsQuery = graphql(
  `
    query Administrators(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: AdministratorFilter
      $orderBy: AdministratorOrder
    ) {
      connection: administrators(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...AdministratorFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [administratorFields, pageFields],
)

export const createAdministratorMutation = graphql(
  `
    mutation CreateAdministrator($input: CreateAdministratorInput!) {
      payload: createAdministrator(input: $input) {
        administrator {
          ...AdministratorFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [administratorFields, errorFields],
)

export const updateAdministratorMutation = graphql(
  `
    mutation UpdateAdministrator($input: UpdateAdministratorInput!) {
      payload: updateAdministrator(input: $input) {
        administrator {
          ...AdministratorFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [administratorFields, errorFields],
)
