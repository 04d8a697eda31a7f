import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const holdFields = graphql(`
  fragment QueueHoldFields on QueueHold {
    id
    createdAt
    reason
    note
    destination
    recipient
    tenant {
      id
      name
    }
    domain {
      id
      displayName
    }
    mailbox {
      id
      address
    }
  }
`)
export type HoldRow = ResultOf<typeof holdFields>

const messageFields = graphql(`
  fragment QueuedMessageFields on QueuedMessage {
    id
    transactionId
    sender
    recipient
    destination
    subject
    size
    state
    attempts
    queuedAt
    nextAttemptAt
    lastReply
    holds {
      id
    }
    domain {
      id
      displayName
    }
  }
`)
export type MessageRow = ResultOf<typeof messageFields>

export const queuedMessagesQuery = graphql(
  `
    query QueuedMessages(
      $first: Int
      $after: String
      $last: Int
      $before: String
      $filter: QueuedMessageFilter
      $orderBy: QueuedMessageOrder
      $counted: Boolean = true
    ) {
      connection: queuedMessages(
        first: $first
        after: $after
        last: $last
        before: $before
        filter: $filter
        orderBy: $orderBy
      ) {
        nodes {
          ...QueuedMessageFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount @include(if: $counted)
      }
    }
  `,
  [messageFields, pageFields],
)

export const queueDestinationsQuery = graphql(`
  query QueueDestinations {
    destinations: queueDestinations(first: 200) {
      destination
      messageCount
      oldestAt
      nextAttemptAt
      lastReply
    }
  }
`)
export type DestinationRow = ResultOf<typeof queueDestinationsQuery>['destinations'][number]

export const queueHoldsQuery = graphql(
  `
    query QueueHolds($first: Int, $after: String, $last: Int, $before: String, $filter: QueueHoldFilter) {
      connection: queueHolds(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...QueueHoldFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [holdFields, pageFields],
)

export const holdMutation = graphql(
  `
    mutation HoldQueuedMessages($input: HoldQueuedMessagesInput!) {
      payload: holdQueuedMessages(input: $input) {
        queueHolds {
          ...QueueHoldFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [holdFields, errorFields],
)

export const releaseMutation = graphql(
  `
    mutation ReleaseQueueHold($id: ID!) {
      payload: releaseQueueHold(id: $id) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const retryMutation = graphql(
  `
    mutation RetryQueuedMessages($input: QueueScopeInput!) {
      payload: retryQueuedMessages(input: $input) {
        messageCount
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const bounceMutation = graphql(
  `
    mutation BounceQueuedMessages($input: QueueScopeInput!) {
      payload: bounceQueuedMessages(input: $input) {
        messageCount
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const deleteMutation = graphql(
  `
    mutation DeleteQueuedMessages($input: QueueScopeInput!) {
      payload: deleteQueuedMessages(input: $input) {
        messageCount
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)
