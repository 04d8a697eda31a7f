/** Reads of holds, narrowed to what the viewer may see. */
import { accessible, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { holds } from './holds-message.js'
import { QueueHold, queueHoldColumns, queueHoldSubject } from './queue-hold.entity.js'
import type { QueueHoldsArguments } from './queue.types.js'

const queueHoldById = defineEntityLoader(QueueHold, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleQueueHold(context: AdminContext, id: string): Promise<QueueHold | null> {
  const hold = isId(id) ? await queueHoldById(context).load(id.toLowerCase()) : null
  return hold && may(context, 'read', queueHoldSubject(hold)) ? hold : null
}

export async function listQueueHolds(
  context: AdminContext,
  request: QueueHoldsArguments,
): Promise<ConnectionValue<QueueHold>> {
  pageShape(request)
  const { filter } = request
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'QueueHold', queueHoldColumns, parameters)]
  if (isGiven(filter?.withinId)) {
    const { withinId } = filter
    conditions.push(await withinCondition(context, withinId, 'tenant.path', parameters, 'queue_hold.tenant_id'))
  }
  if (isGiven(filter?.domainId)) conditions.push(idCondition('queue_hold.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.mailboxId)) conditions.push(idCondition('queue_hold.mailbox_id', filter.mailboxId, parameters))
  const page = await readPage(context.database, request, {
    from: 'queue_hold JOIN tenant ON tenant.id = queue_hold.tenant_id',
    id: 'queue_hold.id',
    conditions,
    parameters,
    order: { name: 'queueHold.createdAt', sql: 'queue_hold.created_at', type: 'timestamptz', direction: 'DESC' },
  })
  return connectionFrom(page, await loadAll(queueHoldById(context), page.ids))
}

/** Of a message, those that the viewer may see. */
export const visibleHoldsOf = defineLoader<AdminContext, string, QueueHold[]>(async (context, ids) => {
  const rows = await context.database.query<{ message_id: string; hold_id: string }>(
    `SELECT message.id AS message_id, hold.id AS hold_id FROM queued_message AS message
     JOIN queue_hold AS hold ON ${holds('hold', 'message')}
     WHERE message.id = ANY($1::uuid[]) ORDER BY hold.created_at, hold.id`,
    [ids],
  )
  const found = await loadAll(queueHoldById(context), [...new Set(rows.map((row) => row.hold_id))])
  const byId = new Map(found.flatMap((hold) => (hold ? [[hold.id, hold] as const] : [])))
  return ids.map((id) =>
    rows.flatMap((row) => {
      const hold = row.message_id === id ? byId.get(row.hold_id) : undefined
      return hold && may(context, 'read', queueHoldSubject(hold)) ? [hold] : []
    }),
  )
})
