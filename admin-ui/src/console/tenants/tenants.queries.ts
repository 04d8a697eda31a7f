import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const tenantFields = graphql(`
  fragment TenantFields on Tenant {
    id
    version
    name
    kind
    status
    effectiveStatus
    parent {
      id
      name
    }
    domainCount
    mailboxCount
    createdAt
    deletedAt
    requireTwoFactor
    purgeAt
  }
`)
export type TenantRow = ResultOf<typeof tenantFields>

export const tenantsQuery = graphql(
  `
    query Tenants(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: TenantFilter
      $orderBy: TenantOrder
      $counted: Boolean = true
    ) {
      connection: tenants(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...TenantFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount @include(if: $counted)
      }
    }
  `,
  [tenantFields, pageFields],
)

export const tenantsSubscription = graphql(
  `
    subscription TenantChanges($filter: LiveChangesFilter) {
      change: changes(filter: $filter) {
        kind
        id
        node {
          ...TenantFields
        }
      }
    }
  `,
  [tenantFields],
)

export const tenantQuery = graphql(
  `
    query Tenant($id: ID!) {
      object: tenant(id: $id) {
        ...TenantFields
        ancestors {
          id
          name
        }
      }
    }
  `,
  [tenantFields],
)

export const tenantBranchQuery = graphql(`
  query TenantBranch($parentId: ID!, $after: String) {
    tenants(first: 50, after: $after, filter: { parentId: $parentId }, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        id
        name
        kind
        status
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`)

export const createTenantMutation = graphql(
  `
    mutation CreateTenant($input: CreateTenantInput!) {
      payload: createTenant(input: $input) {
        tenant {
          ...TenantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [tenantFields, errorFields],
)

export const moveTenantMutation = graphql(
  `
    mutation MoveTenant($input: MoveTenantInput!) {
      payload: moveTenant(input: $input) {
        tenant {
          ...TenantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [tenantFields, errorFields],
)

export const updateTenantMutation = graphql(
  `
    mutation UpdateTenant($input: UpdateTenantInput!) {
      payload: updateTenant(input: $input) {
        tenant {
          ...TenantFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [tenantFields, errorFields],
)
