import { graphql } from '../../graphql/graphql.ts'

export const pickTenantQuery = graphql(`
  query PickTenant($filter: TenantFilter) {
    tenants(first: 20, filter: $filter, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        id
        name
        kind
      }
    }
  }
`)

export const pickDomainQuery = graphql(`
  query PickDomain($filter: DomainFilter) {
    domains(first: 20, filter: $filter, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        id
        displayName
        tenant {
          id
          name
        }
      }
    }
  }
`)
