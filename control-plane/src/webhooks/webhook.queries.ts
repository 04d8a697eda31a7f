/** Reads of webhooks, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { withinCondition } from '../tenants/index.js'
import { Webhook, webhookColumns, webhookSubject } from './webhook.entity.js'
import type { WebhooksArguments } from './webhook.types.js'

const webhookById = defineEntityLoader(Webhook, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleWebhook(context: AdminContext, id: string): Promise<Webhook | null> {
  const webhook = isId(id) ? await webhookById(context).load(id.toLowerCase()) : null
  return webhook && may(context, 'read', webhookSubject(webhook)) ? webhook : null
}

export async function listWebhooks(
  context: AdminContext,
  request: WebhooksArguments,
): Promise<ConnectionValue<Webhook>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const { filter } = request
  const conditions = [
    await accessibleByTenant(context, 'read', 'Webhook', webhookColumns, 'webhook.tenant_id', parameters),
  ]
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'webhook.tenant_id'))
  }
  if (isGiven(filter?.status)) conditions.push(`webhook.status = ${parameters.bind(filter.status, 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'webhook JOIN tenant ON tenant.id = webhook.tenant_id',
    id: 'webhook.id',
    conditions,
    parameters,
    order: { name: 'webhook.createdAt', sql: 'webhook.created_at', type: 'timestamptz', direction: 'DESC' },
  })
  return connectionFrom(page, await loadAll(webhookById(context), page.ids))
}

export const failingSinceOf = defineLoader<AdminContext, string, Date | null>(async ({ database }, ids) => {
  const rows = await database.query<{ id: string; since: Date | null }>(
    'SELECT webhook_id AS id, failing_since AS since FROM webhook_health WHERE webhook_id = ANY($1::uuid[])',
    [ids],
  )
  const since = new Map(rows.map((row) => [row.id, row.since]))
  return ids.map((id) => since.get(id) ?? null)
})
