import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'

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
          hasNextPage
          hasPreviousPage
          startCursor
          endCursor
        }
        totalCount
      }
    }
  `,
  [administratorFields],
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

export const administratorLifecycle = {
  suspend: graphql(
    `
      mutation SuspendAdministrator($input: VersionedInput!) {
        payload: suspendAdministrator(input: $input) {
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
  ),
  resume: graphql(
    `
      mutation ResumeAdministrator($input: VersionedInput!) {
        payload: resumeAdministrator(input: $input) {
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
  ),
  delete: graphql(
    `
      mutation DeleteAdministrator($input: VersionedInput!) {
        payload: deleteAdministrator(input: $input) {
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
