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
    state
    proof
    receivesWhileSuspended
    deletedAt
    purgeAt
    openAlertCount
    catchAll
    createdAt
    mailboxCount
    aliasCount
    tenant {
      id
      name
    }
    aliasOf {
      id
      displayName
    }
    mailNode {
      id
      name
      hostName
    }
  }
`)
export type DomainRow = ResultOf<typeof domainFields>
export type DomainState = DomainRow['state']

export const domainsQuery = graphql(
  `
    query Domains(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: DomainFilter
      $orderBy: DomainOrder
      $counted: Boolean = true
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
        totalCount @include(if: $counted)
      }
    }
  `,
  [domainFields, pageFields],
)

export const domainsSubscription = graphql(
  `
    subscription DomainChanges($filter: LiveChangesFilter) {
      change: changes(filter: $filter) {
        kind
        id
        node {
          ...DomainFields
        }
      }
    }
  `,
  [domainFields],
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
          need
        }
        dnsCheck {
          checkedAt
          nextCheckAt
          findings {
            purpose
            host
            found
            verdict
            reason
            detail
          }
        }
      }
      alerts: domainAlerts(first: 20, filter: { domainId: $id, open: true }) {
        nodes {
          id
          purpose
          host
          openedAt
        }
      }
    }
  `,
  [domainFields],
)
export type DnsCheck = NonNullable<NonNullable<ResultOf<typeof domainQuery>['object']>['dnsCheck']>
export type DnsFinding = DnsCheck['findings'][number]
export type DomainAlert = ResultOf<typeof domainQuery>['alerts']['nodes'][number]
export type DnsRecord = NonNullable<ResultOf<typeof domainQuery>['object']>['dnsRecords'][number]

export const aliasDomainsQuery = graphql(
  `
    query AliasDomains($id: ID!) {
      domains(first: 100, filter: { aliasOfId: $id }, orderBy: { field: NAME, direction: ASC }) {
        nodes {
          ...DomainFields
        }
        totalCount
      }
    }
  `,
  [domainFields],
)

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

export const verifyDomainMutation = graphql(
  `
    mutation VerifyDomain($input: VerifyDomainInput!) {
      payload: verifyDomain(input: $input) {
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

export const restoreDomainMutation = graphql(
  `
    mutation RestoreDomain($input: VersionedInput!) {
      payload: restoreDomain(input: $input) {
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

export const waiveDomainOwnershipMutation = graphql(
  `
    mutation WaiveDomainOwnership($input: VersionedInput!) {
      payload: waiveDomainOwnership(input: $input) {
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

export const transferDomainMutation = graphql(
  `
    mutation TransferDomain($input: TransferDomainInput!) {
      payload: transferDomain(input: $input) {
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
