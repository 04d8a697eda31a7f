import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'
import { ruleFields } from '../access-rules/rule-fields.ts'

const accessRoleFields = graphql(
  `
    fragment AccessRoleFields on AccessRole {
      id
      version
      name
      description
      updatedAt
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
export type AccessRoleRow = ResultOf<typeof accessRoleFields>

export const accessRolesQuery = graphql(
  `
    query AccessRoles($first: Int, $after: String, $last: Int, $before: String, $filter: AccessRoleFilter) {
      connection: accessRoles(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...AccessRoleFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [accessRoleFields, pageFields],
)

export const accessRoleQuery = graphql(
  `
    query AccessRole($id: ID!) {
      object: accessRole(id: $id) {
        ...AccessRoleFields
      }
    }
  `,
  [accessRoleFields],
)

export const createAccessRoleMutation = graphql(
  `
    mutation CreateAccessRole($input: CreateAccessRoleInput!) {
      payload: createAccessRole(input: $input) {
        accessRole {
          ...AccessRoleFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [accessRoleFields, errorFields],
)

export const updateAccessRoleMutation = graphql(
  `
    mutation UpdateAccessRole($input: UpdateAccessRoleInput!) {
      payload: updateAccessRole(input: $input) {
        accessRole {
          ...AccessRoleFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [accessRoleFields, errorFields],
)

export const deleteAccessRoleMutation = graphql(
  `
    mutation DeleteAccessRole($input: VersionedInput!) {
      payload: deleteAccessRole(input: $input) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const roleAssignmentsQuery = graphql(
  `
    query RoleAssignments($first: Int, $after: String, $last: Int, $before: String, $filter: RoleAssignmentFilter) {
      connection: roleAssignments(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          id
          role
          expiresAt
          createdAt
          administrator {
            id
            email
            name
          }
          accessRole {
            id
            name
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
  [pageFields],
)
export type AssignmentRow = ResultOf<typeof roleAssignmentsQuery>['connection']['nodes'][number]

export const createRoleAssignmentMutation = graphql(
  `
    mutation CreateRoleAssignment($input: CreateRoleAssignmentInput!) {
      payload: createRoleAssignment(input: $input) {
        roleAssignment {
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

export const deleteRoleAssignmentMutation = graphql(
  `
    mutation DeleteRoleAssignment($id: ID!) {
      payload: deleteRoleAssignment(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
