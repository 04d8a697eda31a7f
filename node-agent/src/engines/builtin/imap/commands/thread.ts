/** THREAD and UID THREAD (RFC 5256), by ORDEREDSUBJECT and by REFERENCES. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { bad } from '../errors.js'
import { readCharset } from '../search/search-charset.js'
import { maxSearchedHeader } from '../../message/index.js'
import { readSearchKeys } from '../search/search-keys.js'
import { searchMessages } from '../search/search-messages.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { baseSubject } from '../sort/base-subject.js'
import { collationKey } from '../sort/collation.js'
import { sentDate } from '../sort/sort-criteria.js'
import { storedMessages, type ListedMessage } from '../stored-messages.js'
import { readMessageIds, type MessageIds } from '../thread/message-ids.js'
import { threadBySubject } from '../thread/ordered-subject.js'
import { threadByReferences, type ReferringMessage } from '../thread/references.js'
import { formatThread, type ThreadedMessage, type ThreadNode } from '../thread/thread-node.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { selectedMailbox, someAreGone } from './message-set.js'

export const thread: CommandEntry = {
  name: 'THREAD',
  states: selectedOnly,
  capability: 'THREAD=ORDEREDSUBJECT',
  keepsNumbering: true,
  handler: (session, args) => run(session, args, false),
}
export const uidThread: CommandEntry = {
  name: 'UID THREAD',
  states: selectedOnly,
  capability: 'THREAD=ORDEREDSUBJECT',
  handler: (session, args) => run(session, args, true),
}

type Algorithm = (session: Session, selected: SelectedMailbox, found: number[]) => Promise<ThreadNode[]>

const algorithms: Record<string, Algorithm> = {
  async ORDEREDSUBJECT(session, selected, found) {
    const messages: ThreadedMessage[] = []
    for await (const { index, message } of storedMessages(session, selected, found))
      messages.push(threaded(index, message))
    return threadBySubject(messages)
  },
  async REFERENCES(session, selected, found) {
    const messages: ReferringMessage[] = []
    for await (const { index, message } of storedMessages(session, selected, found)) {
      const ids = await messageIdsOf(session, selected, message)
      if (ids) messages.push({ ...threaded(index, message), ...ids })
    }
    return threadByReferences(messages)
  },
}

async function run(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion | void> {
  args.space()
  const algorithm = args.keyword()
  if (!Object.hasOwn(algorithms, algorithm)) throw bad('Unknown threading algorithm')
  args.space()
  readCharset(args)
  args.space()
  const key = readSearchKeys(args)
  const selected = selectedMailbox(session)
  const found = await searchMessages(session, selected, key)
  const threads = await algorithms[algorithm]!(session, selected, found)
  const numberOf = (index: number): number => (uid ? selected.uids[index]! : index + 1)
  session.out.write(threads.length > 0 ? '* THREAD ' : '* THREAD')
  for (const root of threads) session.out.write(formatThread(root, numberOf))
  session.out.line('')
  await session.sendUpdates(false, false)
  if (selected.hasGone) return someAreGone
}

function threaded(index: number, message: ListedMessage): ThreadedMessage {
  const { text, isReplyOrForward } = baseSubject(message.subject)
  return { index, date: sentDate(message), subject: collationKey(text), isReplyOrForward }
}

/** Null where the message is gone. */
async function messageIdsOf(
  session: Session,
  selected: SelectedMailbox,
  { uid, headerSize }: ListedMessage,
): Promise<MessageIds | null> {
  const reader = await session.context.store.open(selected.info.id, uid)
  if (!reader) return null
  try {
    return readMessageIds(await reader.read(0, Math.min(headerSize, maxSearchedHeader)))
  } finally {
    await reader.close()
  }
}
