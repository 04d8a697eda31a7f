import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const domainFields = graphql(`
  fragment DomainFields on Domain {
    id
    version
    name
    displayName
    status
    effectiveStatus
    catchAll
    createdAt
    mailboxCount
    aliasCount
    tenant {
      id
      name
    }
    mailNode {
      id
      name
      hostName
    }
  }
`)
export type DomainRow = ResultOf<typeof domainFields>

export const domainsQuery = graphql(
  `
    query Domains(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: DomainFilter
      $orderBy: DomainOrder
    ) {
      connection: domains(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...DomainFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [domainFields, pageFields],
)

export const domainQuery = graphql(
  `
    query Domain($id: ID!) {
      object: domain(id: $id) {
        ...DomainFields
        dnsRecords {
          type
          name
          value
          priority
          ttl
          purpose
        }
      }
    }
  `,
  [domainFields],
)
export type DnsRecord = NonNullable<ResultOf<typeof domainQuery>['object']>['dnsRecords'][number]

export const mailNodeChoicesQuery = graphql(`
  query MailNodeChoices {
    mailNodes(first: 200, filter: { status: ACTIVE }, orderBy: { field: NAME, direction: ASC }) {
      nodes {
        id
        name
        hostName
      }
    }
  }
`)

export const createDomainMutation = graphql(
  `
    mutation CreateDomain($input: CreateDomainInput!) {
      payload: createDomain(input: $input) {
        domain {
          ...DomainFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [domainFields, errorFields],
)

export const updateDomainMutation = graphql(
  `
    mutation UpdateDomain($input: UpdateDomainInput!) {
      payload: updateDomain(input: $input) {
        domain {
          ...DomainFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [domainFields, errorFields],
)
