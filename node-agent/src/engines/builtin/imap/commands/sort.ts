/** SORT and UID SORT (RFC 5256, RFC 5957). */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import { readCharset } from '../search/search-charset.js'
import { readSearchKeys } from '../search/search-keys.js'
import { searchMessages } from '../search/search-messages.js'
import type { Session } from '../session.js'
import { compareBy, readSortCriteria, type SortedMessage } from '../sort/sort-criteria.js'
import { storedMessages } from '../stored-messages.js'
import { selectedOnly, type CommandEntry, type Completion } from './command-entry.js'
import { selectedMailbox, someAreGone } from './message-set.js'

export const sort: CommandEntry = {
  name: 'SORT',
  states: selectedOnly,
  capability: 'SORT',
  keepsNumbering: true,
  handler: (session, args) => run(session, args, false),
}
export const uidSort: CommandEntry = {
  name: 'UID SORT',
  states: selectedOnly,
  capability: 'SORT',
  handler: (session, args) => run(session, args, true),
}

async function run(session: Session, args: ArgumentCursor, uid: boolean): Promise<Completion | void> {
  args.space()
  const criteria = readSortCriteria(args)
  args.space()
  readCharset(args)
  args.space()
  const key = readSearchKeys(args)
  const selected = selectedMailbox(session)
  const found = await searchMessages(session, selected, key)
  const messages: SortedMessage[] = []
  const withEnvelope = criteria.some(({ readsEnvelope }) => readsEnvelope)
  for await (const { index, message } of storedMessages(session, selected, found, withEnvelope))
    messages.push({ index, values: criteria.map(({ valueOf }) => valueOf(message)) })
  messages.sort(compareBy(criteria))
  session.out.line(['* SORT', ...messages.map(({ index }) => (uid ? selected.uids[index]! : index + 1))].join(' '))
  await session.sendUpdates(false, false)
  if (selected.hasGone) return someAreGone
}
