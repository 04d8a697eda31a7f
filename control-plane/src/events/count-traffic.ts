/**
 * Counts of a node's events by the minute in which they are taken in: what rollouts judge a node by. Counted here, since to count the
 * events of a fleet again and again would read all of them.
 */
import type { MailEvent } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'

const isPermanent = ({ replyCode }: MailEvent): boolean => (replyCode ?? 0) >= 500

/** A message and each recipient of it that was refused are one offer each. */
const counted: Record<string, (event: MailEvent) => number> = {
  attempts: ({ type }) => Number(type === 'RELAYED' || type === 'DEFERRED' || type === 'BOUNCED'),
  deferred: ({ type }) => Number(type === 'DEFERRED'),
  offered: ({ type }) => Number(type === 'ACCEPTED' || type === 'REFUSED'),
  refused: (event) => Number(event.type === 'REFUSED' && isPermanent(event)),
  sign_ins: (event) => Number(event.type === 'AUTHENTICATED') + failuresOf(event),
  failed_sign_ins: (event) => failuresOf(event),
}
/** Without those that a ban refused: no password was looked at. */
const failuresOf = ({ type, failures }: MailEvent): number => (type === 'AUTH_FAILED' ? (failures ?? 1) : 0)

export async function countTraffic(
  manager: EntityManager,
  mailNodeId: string,
  events: readonly MailEvent[],
): Promise<void> {
  const sums = Object.values(counted).map((of) => events.reduce((sum, event) => sum + of(event), 0))
  if (sums.every((sum) => sum === 0)) return
  const columns = Object.keys(counted)
  await manager.query(
    `INSERT INTO node_traffic AS known (mail_node_id, minute, ${columns.join(', ')})
     VALUES ($1, date_trunc('minute', now()), ${columns.map((_, index) => `$${index + 2}`).join(', ')})
     ON CONFLICT (mail_node_id, minute) DO UPDATE SET
       ${columns.map((column) => `${column} = known.${column} + excluded.${column}`).join(', ')}`,
    [mailNodeId, ...sums],
  )
}
