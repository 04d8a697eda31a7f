/** When and from where app passwords were used last, from what nodes tell of sign-ins. */
import type { MailEvent } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { isId } from '../platform/ids.js'

/** Of a node's events: one says nothing of mailboxes that are not on it. */
export async function noteAppPasswordUse(
  manager: EntityManager,
  mailNodeId: string,
  events: readonly MailEvent[],
): Promise<void> {
  const latest = new Map<string, MailEvent>()
  for (const event of events) {
    const id = event.type === 'AUTHENTICATED' ? event.appPasswordId : null
    if (id && isId(id) && event.at >= (latest.get(id)?.at ?? 0)) latest.set(id, event)
  }
  if (latest.size === 0) return
  const used = [...latest]
  // Locked in one order everywhere, so that two batches do not wait for each other.
  await manager.query(
    `WITH used AS (
       SELECT app_password.id, least(told.at, now()) AS at, told.address
       FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS told (id, at, address)
       JOIN app_password ON app_password.id = told.id
       JOIN mailbox ON mailbox.id = app_password.mailbox_id JOIN domain ON domain.id = mailbox.domain_id
       WHERE domain.mail_node_id = $4 ORDER BY app_password.id FOR UPDATE OF app_password)
     UPDATE app_password SET last_used_at = used.at, last_used_from = used.address
     FROM used WHERE app_password.id = used.id AND used.at > coalesce(app_password.last_used_at, '-infinity')`,
    [
      used.map(([id]) => id),
      used.map(([, { at }]) => new Date(at)),
      used.map(([, { remoteIp }]) => remoteIp ?? null),
      mailNodeId,
    ],
  )
}
