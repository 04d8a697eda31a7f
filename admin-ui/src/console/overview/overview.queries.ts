import { graphql } from '../../graphql/graphql.ts'
import { mailEventFields } from '../message-log/mail-events.queries.ts'
import { mailNodeFields } from '../nodes/nodes.queries.ts'

export const countsQuery = graphql(`
  query Counts {
    customers: tenants(first: 1, filter: { kind: CUSTOMER }) {
      totalCount
    }
    domains(first: 1) {
      totalCount
    }
    mailboxes(first: 1) {
      totalCount
    }
    aliases(first: 1) {
      totalCount
    }
  }
`)

export const overviewNodesQuery = graphql(
  `
    query OverviewNodes {
      mailNodes(first: 6, orderBy: { field: NAME, direction: ASC }) {
        nodes {
          ...MailNodeFields
        }
        totalCount
      }
    }
  `,
  [mailNodeFields],
)

export const recentEventsQuery = graphql(
  `
    query RecentEvents {
      mailEvents(first: 8) {
        nodes {
          ...MailEventFields
        }
      }
    }
  `,
  [mailEventFields],
)
