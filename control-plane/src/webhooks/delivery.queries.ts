/** Reads of the delivery log, newest first, narrowed to the webhooks that the viewer may see. */
import { accessibleByTenant, may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { recordRead } from '../audit/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineLoader } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition } from '../tenants/index.js'
import type { WebhookAttempt, WebhookDeliveriesArguments, WebhookDelivery } from './delivery.types.js'
import { enumNameOf, pingName, webhookEventKinds } from './webhook-events.js'
import { visibleWebhook } from './webhook.queries.js'

const webhookColumns = {
  id: { sql: 'webhook_delivery.webhook_id', type: 'uuid' },
  within: { sql: 'tenant.path', type: 'path' },
} as const

const deliveryById = defineLoader<AdminContext, string, WebhookDelivery | null>(async ({ database }, ids) => {
  const rows = await database.query<WebhookDelivery>(
    `SELECT id, webhook_id AS "webhookId", tenant_id AS "tenantId", event_type AS "eventType", subject,
       subject_tenant_id AS "subjectTenantId", subject_path::text AS "subjectPath", domain_id AS "domainId",
       body AS "ownBody", state, attempts, CASE WHEN state = 'PENDING' THEN next_attempt_at END AS "nextAttemptAt",
       created_at AS "createdAt", finished_at AS "finishedAt"
     FROM webhook_delivery WHERE id = ANY($1::uuid[])`,
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, { ...row, eventType: enumNameOf(row.eventType) }]))
  return ids.map((id) => byId.get(id) ?? null)
})

/** Null also where the viewer may not see its webhook. */
export async function visibleDelivery(context: AdminContext, id: string): Promise<WebhookDelivery | null> {
  const delivery = isId(id) ? await deliveryById(context).load(id.toLowerCase()) : null
  return delivery && (await visibleWebhook(context, delivery.webhookId)) ? delivery : null
}

export async function listDeliveries(
  context: AdminContext,
  request: WebhookDeliveriesArguments,
): Promise<ConnectionValue<WebhookDelivery>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const { filter } = request
  const conditions = [
    await accessibleByTenant(context, 'read', 'Webhook', webhookColumns, 'webhook_delivery.tenant_id', parameters),
  ]
  if (isGiven(filter?.webhookId)) {
    conditions.push(idCondition('webhook_delivery.webhook_id', filter.webhookId, parameters))
  }
  if (isGiven(filter?.states)) {
    conditions.push(`webhook_delivery.state = ANY(${parameters.bind(filter.states, 'text[]')})`)
  }
  if (isGiven(filter?.eventTypes)) {
    const names = filter.eventTypes.map((type) => webhookEventKinds.get(type)?.name ?? pingName)
    conditions.push(`webhook_delivery.event_type = ANY(${parameters.bind(names, 'text[]')})`)
  }
  const page = await readPage(context.database, request, {
    from: 'webhook_delivery JOIN tenant ON tenant.id = webhook_delivery.tenant_id',
    id: 'webhook_delivery.id',
    conditions,
    parameters,
    order: {
      name: 'webhookDelivery.createdAt',
      sql: 'webhook_delivery.created_at',
      type: 'timestamptz',
      direction: 'DESC',
    },
  })
  const found = await deliveryById(context).loadMany(page.ids)
  return connectionFrom(
    page,
    found.map((delivery) => (delivery instanceof Error ? null : delivery)),
  )
}

export const attemptsOf = defineLoader<AdminContext, string, WebhookAttempt[]>(async ({ database }, ids) => {
  const rows = await database.query<WebhookAttempt & { deliveryId: string }>(
    `SELECT delivery_id AS "deliveryId", number, at, duration_ms AS "durationMs", url, status, fault, excerpt
     FROM webhook_attempt WHERE delivery_id = ANY($1::uuid[]) ORDER BY number`,
    [ids],
  )
  return ids.map((id) => rows.filter(({ deliveryId }) => deliveryId === id))
})

/** A look into what is told of the mail log is a look into the log, and written down as one: together for all of a request. */
const recordedLook = defineLoader<AdminContext, WebhookDelivery, true>(async (context, deliveries) => {
  for (const tenantId of new Set(deliveries.map((delivery) => delivery.subjectTenantId))) {
    const seen = deliveries.filter((delivery) => delivery.subjectTenantId === tenantId).map(({ id }) => id)
    await recordRead(context, { subjectType: 'MailEvent', tenantId, request: { webhookDeliveries: seen } })
  }
  return deliveries.map(() => true)
})

/** Null where the viewer sees the webhook and not what it tells of. */
export async function visibleBody(context: AdminContext, delivery: WebhookDelivery): Promise<string | null> {
  const { subject, subjectPath, domainId, ownBody } = delivery
  const within = pathsAbove(subjectPath)
  if (subject === 'MailEvent') {
    if (!may(context, 'read', permissionSubject('MailEvent', { domainId, within }))) return null
    await recordedLook(context).load(delivery)
    return ownBody
  }
  // Of changes it is what the audit trail says of them.
  const readable = subject === 'Webhook' || may(context, 'read', permissionSubject('AuditEntry', { within }))
  return readable ? ownBody : null
}
