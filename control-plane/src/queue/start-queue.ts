/** Sweeps away commands that every node has had time to hear of, and holds of messages that are in no queue any more. */
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import { forgetSending } from './unusual-sending.js'

const everyMs = 60_000
/** A node that was away for longer does not do it any more. */
const commandDays = 7
/** A message may be told of after it was held. */
const orphanMinutes = 10
const atOnce = 1_000

export function startQueue({ database, logger }: { database: Database; logger: Logger }): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => logger.error({ error }, 'queue: the sweep failed'),
    step: () => sweepQueue(database).then(() => false),
  })
}

export async function sweepQueue(database: Database): Promise<void> {
  await forgetSending(database.dataSource)
  await database.query(
    `DELETE FROM queue_command WHERE id IN (
       SELECT id FROM queue_command WHERE created_at < now() - make_interval(days => ${commandDays})
       LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)`,
  )
  await database.query(
    `DELETE FROM queue_hold WHERE id IN (
       SELECT id FROM queue_hold AS hold
       WHERE hold.transaction_id IS NOT NULL AND hold.created_at < now() - make_interval(mins => ${orphanMinutes})
         AND NOT EXISTS (SELECT FROM queued_message AS message WHERE message.mail_node_id = hold.mail_node_id
           AND message.transaction_id = hold.transaction_id AND message.recipient = hold.recipient)
       LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)`,
  )
}
