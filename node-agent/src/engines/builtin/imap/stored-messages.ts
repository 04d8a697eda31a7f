/** What the store knows of many messages, a batch at a time, so that other sessions get their turn. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConnectionClosedError } from '../net/index.js'
import type { MessageColumn } from '../store/mail-store.js'
import { tellProgress, type Progress } from './progress.js'
import type { SelectedMailbox } from './selected-mailbox.js'
import type { Session } from './session.js'

const batchSize = 1_000

/** What SORT and THREAD ask of a message. */
export interface ListedMessage {
  uid: number
  size: number
  receivedAt: number
  sentAt: number | null
  subject: string
  headerSize: number
  /** One character an octet; empty where it was not asked for. */
  envelope: string
}

const summary: readonly MessageColumn[] = ['size', 'receivedAt', 'sentAt', 'subject', 'headerSize']

/** In the order of the indexes, without the messages that are gone. */
export async function* storedMessages(
  session: Session,
  selected: SelectedMailbox,
  indexes: readonly number[],
  withEnvelope = false,
): AsyncGenerator<{ index: number; message: ListedMessage }> {
  const { store } = session.context
  for (let start = 0; start < indexes.length; start += batchSize) {
    const places = new Map(indexes.slice(start, start + batchSize).map((index) => [selected.uids[index]!, index]))
    const columns = withEnvelope ? [...summary, 'envelope' as const] : summary
    const rows = await store.columns(selected.info.id, [...places.keys()], columns)
    for (const [row, uid] of rows.uids.entries()) {
      const index = places.get(uid)
      if (index === undefined) continue
      let envelope = withEnvelope ? rows.envelope![row]! : ''
      if (envelope === null) {
        // Too long to be read together with others.
        const [whole] = await store.messages(selected.info.id, [uid])
        if (!whole) continue
        envelope = whole.envelope.toString('latin1')
      }
      yield {
        index,
        message: {
          uid,
          size: rows.size![row]!,
          receivedAt: rows.receivedAt![row]!,
          sentAt: rows.sentAt![row]!,
          subject: rows.subject![row]!,
          headerSize: rows.headerSize![row]!,
          envelope,
        },
      }
    }
    await giveWay(session)
  }
}

/** Lets other sessions run, stops where nobody waits for the result, and tells the client that waits that there is more to do. */
export async function giveWay(session: Session, progress?: Progress): Promise<void> {
  await nextTurn()
  if (session.closed.aborted) throw new ConnectionClosedError('the client has left')
  await tellProgress(session, progress)
}
