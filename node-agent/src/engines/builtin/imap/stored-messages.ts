/** What the store knows of many messages, a batch at a time, so that other sessions get their turn. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConnectionClosedError } from '../net/index.js'
import type { StoredMessage } from '../store/mail-store.js'
import type { SelectedMailbox } from './selected-mailbox.js'
import type { Session } from './session.js'

const batchSize = 200

/** In the order of the indexes, without the messages that are gone. */
export async function* storedMessages(
  session: Session,
  selected: SelectedMailbox,
  indexes: readonly number[],
): AsyncGenerator<{ index: number; message: StoredMessage }> {
  for (let start = 0; start < indexes.length; start += batchSize) {
    const uids = indexes.slice(start, start + batchSize).map((index) => selected.uids[index]!)
    for (const message of await session.context.store.messages(selected.info.id, uids))
      yield { index: selected.indexOf(message.uid), message }
    await giveWay(session)
  }
}

/** Lets other sessions run, and stops where nobody waits for the result. */
export async function giveWay(session: Session): Promise<void> {
  await nextTurn()
  if (session.closed.aborted) throw new ConnectionClosedError('the client has left')
}
