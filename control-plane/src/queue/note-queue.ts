/**
 * The nodes' queues as their events tell of them, kept in the transaction that stores the events: a row for each message and recipient
 * that a node still owes. Events of one queue come once each and in order, and so the last one of a batch says how it is.
 *
 * A queue that was there before rows were kept is known from its next attempts on.
 */
import { domainOf, type MailEventType } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { isId, newId } from '../platform/ids.js'

interface ToldRow {
  type: MailEventType
  at: string
  domain_id: string | null
  mailbox_id: string | null
  transaction_id: string | null
  sender: string | null
  recipient: string | null
  message_id: string | null
  subject: string | null
  size: number | null
  remote_host: string | null
  reply_text: string | null
  attempt: number | null
  next_attempt_at: string | null
}

const waits: readonly MailEventType[] = ['QUEUED', 'DEFERRED']
const isOver: readonly MailEventType[] = ['RELAYED', 'BOUNCED', 'DELETED']

export async function noteQueue(
  manager: EntityManager,
  told: { mailNodeId: string; stream: string; isNew: boolean },
  rows: readonly ToldRow[],
): Promise<void> {
  const { mailNodeId, stream } = told
  // `queue/<epoch>`: what an older database of that name held is not in this one.
  if (told.isNew)
    await manager.query(
      `DELETE FROM queued_message WHERE mail_node_id = $1 AND stream <> $2
         AND split_part(stream, '/', 1) = split_part($2, '/', 1)`,
      [mailNodeId, stream],
    )
  const last = new Map<string, ToldRow>()
  for (const row of rows) {
    if (row.transaction_id === null || row.recipient === null || row.domain_id === null) continue
    if (!waits.includes(row.type) && !isOver.includes(row.type)) continue
    const key = `${row.transaction_id} ${row.recipient}`
    const before = last.get(key)
    // When it came is told once.
    last.set(key, before && row.type === 'DEFERRED' && waits.includes(before.type) ? { ...row, at: before.at } : row)
  }
  // In one order everywhere, so that two batches do not wait for each other.
  const changed = [...last].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row)
  const over = changed.filter(({ type }) => isOver.includes(type))
  if (over.length > 0)
    await manager.query(
      `DELETE FROM queued_message USING unnest($2::text[], $3::text[]) AS over (transaction_id, recipient)
       WHERE mail_node_id = $1 AND queued_message.transaction_id = over.transaction_id
         AND queued_message.recipient = over.recipient`,
      [mailNodeId, over.map((row) => row.transaction_id), over.map((row) => row.recipient)],
    )
  const waiting = changed.filter(({ type }) => waits.includes(type))
  if (waiting.length > 0) await insertWaiting(manager, mailNodeId, stream, waiting)
}

const insertWaiting = (manager: EntityManager, mailNodeId: string, stream: string, waiting: readonly ToldRow[]) =>
  manager.query(
    `INSERT INTO queued_message AS known (id, mail_node_id, stream, transaction_id, recipient, destination, domain_id,
       mailbox_id, sender, message_id, subject, size, queued_at, attempts, next_attempt_at, last_reply, remote_host)
     SELECT told.id, $1, $2, told.transaction_id, told.recipient, told.destination, domain.id,
       told.mailbox_id, told.sender, told.message_id, told.subject, told.size, told.at, told.attempts,
       told.next_attempt_at, told.last_reply, told.remote_host
     FROM jsonb_to_recordset($3::jsonb) AS told (id uuid, transaction_id text, recipient text, destination text,
       domain_id uuid, mailbox_id uuid, sender text, message_id text, subject text, size bigint, at timestamptz,
       attempts integer, next_attempt_at timestamptz, last_reply text, remote_host text)
     JOIN domain ON domain.id = told.domain_id
     ON CONFLICT ON CONSTRAINT queued_message_name_key DO UPDATE SET stream = excluded.stream,
       attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at,
       last_reply = excluded.last_reply, remote_host = excluded.remote_host`,
    [
      mailNodeId,
      stream,
      JSON.stringify(
        waiting.map((row) => ({
          id: newId(),
          transaction_id: row.transaction_id,
          recipient: row.recipient,
          destination: domainOf(row.recipient!),
          domain_id: row.domain_id,
          mailbox_id: row.mailbox_id !== null && isId(row.mailbox_id) ? row.mailbox_id : null,
          sender: row.sender ?? '',
          message_id: row.message_id,
          subject: row.subject,
          size: row.size,
          at: row.at,
          attempts: row.type === 'QUEUED' ? 0 : (row.attempt ?? 1),
          next_attempt_at: row.next_attempt_at,
          last_reply: row.reply_text,
          remote_host: row.remote_host,
        })),
      ),
    ],
  )
