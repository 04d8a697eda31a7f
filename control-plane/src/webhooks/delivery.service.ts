/** Deliveries that somebody asks for: a test, and one of the log once more. Both also while the webhook is paused or disabled. */
import type { AdminContext } from '../access/index.js'
import { notFound } from '../platform/errors.js'
import { isId, newId } from '../platform/ids.js'
import { deliveryChannel } from './channels.js'
import { bodyOf, insertDeliveries } from './dispatch.js'
import { pingName } from './webhook-events.js'
import { requireWebhook } from './webhook.service.js'

export async function pingWebhook(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const webhook = await requireWebhook(context, manager, id, 'update')
    const happening = {
      id: newId(),
      name: pingName,
      at: new Date(),
      subjectType: 'Webhook',
      tenantId: webhook.tenantId,
      path: webhook.tenant.path,
      domainId: null,
    }
    const body = bodyOf(happening, { webhook: { id: webhook.id, description: webhook.description } })
    const [made] = await insertDeliveries(manager, [{ listener: webhook, happening, body, byHand: true }])
    return made!
  })
}

/** The same message with the same id: a receiver that had it already can tell. */
export async function redeliver(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const [delivery] = isId(id)
      ? await manager.query('SELECT webhook_id FROM webhook_delivery WHERE id = $1 FOR UPDATE', [id])
      : []
    if (!delivery) throw notFound(['id'])
    await requireWebhook(context, manager, delivery.webhook_id, 'update')
    // One that is being sent stays with whoever sends it.
    await manager.query(
      `UPDATE webhook_delivery SET state = 'PENDING', by_hand = true, finished_at = NULL, next_attempt_at = now(),
         gives_up_at = now() + interval '1 day'
       WHERE id = $1 AND claimed_by IS NULL`,
      [id],
    )
    await manager.query(`SELECT pg_notify($1, '')`, [deliveryChannel])
    return id
  })
}
