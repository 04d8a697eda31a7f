import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

export const mailEventFields = graphql(`
  fragment MailEventFields on MailEvent {
    id
    at
    type
    direction
    protocol
    mailNode {
      id
      name
    }
    domain {
      id
      displayName
    }
    transactionId
    sender
    recipient
    originalRecipient
    messageId
    subject
    size
    remoteIp
    remoteHost
    tls
    tlsPolicy
    replyCode
    enhancedCode
    replyText
    attempt
    nextAttemptAt
    login
    authentication
    folder
    verdict
    heloName
    recipientCount
    sessions
    durationMs
    policyKind
    policyRevision
    checks {
      name
      result
      score
      detail
      policyRevision
    }
  }
`)
export type MailEventRow = ResultOf<typeof mailEventFields>

export const mailEventsQuery = graphql(
  `
    query MailEvents($first: Int, $after: String, $last: Int, $before: String, $filter: MailEventFilter) {
      connection: mailEvents(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...MailEventFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [mailEventFields, pageFields],
)

export const messageTimelineQuery = graphql(
  `
    query MessageTimeline($transactionId: String!) {
      messageTimeline(transactionId: $transactionId) {
        isComplete
        transactions
        events {
          ...MailEventFields
        }
      }
    }
  `,
  [mailEventFields],
)

export const mailEventAddedSubscription = graphql(
  `
    subscription MailEventAdded($filter: MailEventFilter) {
      mailEventAdded(filter: $filter) {
        ...MailEventFields
      }
    }
  `,
  [mailEventFields],
)

export const filterNamesQuery = graphql(`
  query FilterNames($domain: ID!, $node: ID!, $withDomain: Boolean!, $withNode: Boolean!) {
    domain(id: $domain) @include(if: $withDomain) {
      id
      displayName
    }
    mailNode(id: $node) @include(if: $withNode) {
      id
      name
    }
  }
`)
