import { graphql, type ResultOf } from '../../graphql/graphql.ts'

const usageFields = graphql(`
  fragment UsageFields on BudgetLine {
    allotted
    used
  }
`)

/** Each part is asked for where the viewer may read it. */
export const attentionQuery = graphql(
  `
    query Attention($tenantId: ID!, $domains: Boolean!, $jobs: Boolean!, $nodes: Boolean!, $budgets: Boolean!) {
      drift: domainAlerts(first: 5, filter: { open: true }) @include(if: $domains) {
        nodes {
          id
          purpose
          openedAt
          domain {
            id
            displayName
          }
        }
        totalCount
      }
      unproven: domains(first: 1, filter: { state: PENDING_OWNERSHIP }) @include(if: $domains) {
        totalCount
      }
      jobs(first: 5, filter: { states: [FAILED] }) @include(if: $jobs) {
        nodes {
          id
          operation
          updatedAt
        }
        totalCount
      }
      away: mailNodes(first: 5, filter: { state: OFFLINE, status: ACTIVE }) @include(if: $nodes) {
        nodes {
          id
          name
          lastSeenAt
        }
        totalCount
      }
      online: mailNodes(first: 100, filter: { state: ONLINE }) @include(if: $nodes) {
        nodes {
          id
          name
          healthy
          problems
          queuedMessages
          lastSeenAt
          rejections {
            resourceId
          }
        }
      }
      own: tenant(id: $tenantId) @include(if: $budgets) {
        id
        name
        budget {
          domains {
            ...UsageFields
          }
          mailboxes {
            ...UsageFields
          }
          storage {
            ...UsageFields
          }
          sendsPerDay {
            ...UsageFields
          }
        }
      }
      notices: budgetNotices(first: 5) @include(if: $budgets) {
        nodes {
          id
          kind
          resource
          createdAt
          tenant {
            id
            name
          }
        }
      }
    }
  `,
  [usageFields],
)
export type Attention = ResultOf<typeof attentionQuery>
