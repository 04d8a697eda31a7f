/** The events that a webhook can tell of, by what they are about. A test is asked for, not subscribed to. */
import type { WebhookDeliveryState, WebhookEventType, WebhookStatus } from '../../graphql/graphql.ts'

export const mailEvents = [
  'MAIL_ACCEPTED',
  'MAIL_REFUSED',
  'MAIL_DELIVERED',
  'MAIL_QUEUED',
  'MAIL_RELAYED',
  'MAIL_DEFERRED',
  'MAIL_BOUNCED',
  'MAIL_AUTHENTICATED',
  'MAIL_AUTH_FAILED',
  'MAIL_SESSION',
  'MAIL_DELETED',
] as const satisfies WebhookEventType[]

/** Each is created, updated and deleted. */
export const changedKinds = [
  'TENANT',
  'ADMINISTRATOR',
  'DOMAIN',
  'MAILBOX',
  'ALIAS',
  'GROUP',
  'FORWARD',
  'POLICY',
  'DKIM_KEY',
  'BUDGET',
  'ACCESS_ROLE',
  'ROLE_ASSIGNMENT',
  'GRANT',
  'WEBHOOK',
  'MAIL_NODE',
  'ROLLOUT',
  'APP_PASSWORD',
  'JOB',
  'SAVED_SEARCH',
  'QUEUE_HOLD',
  'BAN',
  'IDENTITY_SOURCE',
  'API_TOKEN',
] as const
const changes = ['CREATED', 'UPDATED', 'DELETED'] as const

type ChangedKind = (typeof changedKinds)[number]

export const eventsOf = (kind: ChangedKind): WebhookEventType[] => changes.map((change) => `${kind}_${change}` as const)

/** As receivers see it: `mail.accepted`, `dkim_key.updated`. */
export const wireName = (type: WebhookEventType): string => {
  const name = type.toLowerCase()
  return name.startsWith('mail_') && !name.startsWith('mail_node_')
    ? name.replace('mail_', 'mail.')
    : name.replace(/_([a-z]+)$/, '.$1')
}

export const statusTones: Record<WebhookStatus, 'good' | 'neutral' | 'bad'> = {
  ACTIVE: 'good',
  PAUSED: 'neutral',
  DISABLED: 'bad',
}
export const deliveryStates: readonly WebhookDeliveryState[] = ['PENDING', 'DELIVERED', 'FAILED', 'CANCELLED']
export const deliveryTones: Record<WebhookDeliveryState, 'good' | 'info' | 'bad' | 'neutral'> = {
  PENDING: 'info',
  DELIVERED: 'good',
  FAILED: 'bad',
  CANCELLED: 'neutral',
}
