import { errorFields } from '../../graphql/error-fields.ts'
import { graphql, type ResultOf } from '../../graphql/graphql.ts'
import { pageFields } from '../../graphql/page-fields.ts'

const webhookFields = graphql(`
  fragment WebhookFields on Webhook {
    id
    version
    url
    description
    eventTypes
    status
    disabledReason
    disabledAt
    formerSecretUntil
    failingSince
    createdAt
    tenant {
      id
      name
    }
    domains {
      id
      displayName
    }
  }
`)
export type WebhookRow = ResultOf<typeof webhookFields>

export const webhooksQuery = graphql(
  `
    query Webhooks($first: Int, $after: String, $last: Int, $before: String, $filter: WebhookFilter) {
      connection: webhooks(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...WebhookFields
        }
        pageInfo {
          ...PageFields
        }
        totalCount
      }
    }
  `,
  [webhookFields, pageFields],
)

export const webhookQuery = graphql(
  `
    query Webhook($id: ID!) {
      object: webhook(id: $id) {
        ...WebhookFields
      }
    }
  `,
  [webhookFields],
)

export const createWebhookMutation = graphql(
  `
    mutation CreateWebhook($input: CreateWebhookInput!) {
      payload: createWebhook(input: $input) {
        webhook {
          ...WebhookFields
        }
        secret
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [webhookFields, errorFields],
)

export const updateWebhookMutation = graphql(
  `
    mutation UpdateWebhook($input: UpdateWebhookInput!) {
      payload: updateWebhook(input: $input) {
        webhook {
          ...WebhookFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [webhookFields, errorFields],
)

export const rotateWebhookSecretMutation = graphql(
  `
    mutation RotateWebhookSecret($input: VersionedInput!) {
      payload: rotateWebhookSecret(input: $input) {
        webhook {
          ...WebhookFields
        }
        secret
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [webhookFields, errorFields],
)

export const deleteWebhookMutation = graphql(
  `
    mutation DeleteWebhook($input: VersionedInput!) {
      payload: deleteWebhook(input: $input) {
        deletedId
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [errorFields],
)

export const pingWebhookMutation = graphql(
  `
    mutation PingWebhook($input: PingWebhookInput!) {
      payload: pingWebhook(input: $input) {
        delivery {
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

const deliveryFields = graphql(`
  fragment DeliveryFields on WebhookDelivery {
    id
    eventType
    state
    attempts
    nextAttemptAt
    createdAt
    finishedAt
  }
`)
export type DeliveryRow = ResultOf<typeof deliveryFields>

export const deliveriesQuery = graphql(
  `
    query WebhookDeliveries($first: Int, $after: String, $last: Int, $before: String, $filter: WebhookDeliveryFilter) {
      connection: webhookDeliveries(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
        nodes {
          ...DeliveryFields
        }
        pageInfo {
          ...PageFields
        }
      }
    }
  `,
  [deliveryFields, pageFields],
)

export const deliveryQuery = graphql(
  `
    query WebhookDelivery($id: ID!) {
      object: webhookDelivery(id: $id) {
        ...DeliveryFields
        body
        log {
          number
          at
          durationMs
          url
          status
          fault
          excerpt
        }
      }
    }
  `,
  [deliveryFields],
)

export const redeliverMutation = graphql(
  `
    mutation RedeliverWebhookDelivery($input: RedeliverWebhookDeliveryInput!) {
      payload: redeliverWebhookDelivery(input: $input) {
        delivery {
          ...DeliveryFields
        }
        errors {
          ...ErrorFields
        }
      }
    }
  `,
  [deliveryFields, errorFields],
)
