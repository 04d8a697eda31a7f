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

export const pickAdministratorQuery = graphql(`
  query PickAdministrator($filter: AdministratorFilter) {
    administrators(first: 20, filter: $filter, orderBy: { field: EMAIL, direction: ASC }) {
      nodes {
        id
        email
        tenant {
          id
          name
        }
      }
    }
  }
`)

/** What objects are called, whatever they are. */
export const namedNodesQuery = graphql(`
  query NamedNodes($ids: [ID!]!) {
    nodes(ids: $ids) {
      __typename
      id
      ... on Tenant {
        name
      }
      ... on Domain {
        displayName
      }
      ... on Mailbox {
        displayAddress
      }
      ... on Alias {
        displayAddress
      }
      ... on Group {
        displayAddress
      }
      ... on Administrator {
        email
      }
      ... on MailNode {
        hostName
      }
    }
  }
`)
