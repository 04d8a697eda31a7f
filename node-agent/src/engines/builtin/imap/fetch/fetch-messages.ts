/**
 * Writes the FETCH responses for a set of messages: metadata in batches, bodies in chunks as the client takes them.
 * A message that another session expunged meanwhile is passed over; the caller is told.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { ConnectionClosedError } from '../../net/index.js'
import type { StoredMessage } from '../../store/mail-store.js'
import { formatDateTime } from '../codec/date-time.js'
import { emailObjectId } from '../object-id.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import { writeContentItem, prepareContentItem, type PreparedItem } from './content-items.js'
import { areRows, fetchRows } from './fetch-rows.js'
import { isContentItem, type ContentItem, type FetchItem, type PlainItem } from './fetch-items.js'
import { SectionFinder } from './section-source.js'

const batchSize = 200

/** What the session's own view answers without the store. */
const viewItems: ReadonlySet<FetchItem['type']> = new Set(['FLAGS', 'UID', 'MODSEQ', 'THREADID'])

/** False where some of the messages are gone. */
export async function fetchMessages(
  session: Session,
  selected: SelectedMailbox,
  indexes: number[],
  items: FetchItem[],
): Promise<boolean> {
  if (areRows(items)) return fetchRows(session, selected, indexes, items)
  const contentItems = items.filter(isContentItem)
  const needsStore = items.some(({ type }) => !viewItems.has(type))
  const marksSeen =
    !selected.readOnly && selected.rights.includes('s') && contentItems.some((item) => 'peek' in item && !item.peek)
  let complete = true
  for (let start = 0; start < indexes.length; start += batchSize) {
    const batch = indexes.slice(start, start + batchSize)
    const present = batch.filter((index) => !selected.isGone(selected.uids[index]!))
    complete &&= present.length === batch.length
    const changed = marksSeen ? await markSeen(session, selected, present) : new Set<number>()
    const uids = present.map((index) => selected.uids[index]!)
    const stored = needsStore ? await session.context.store.messages(selected.info.id, uids) : []
    const byUid = new Map(stored.map((message) => [message.uid, message]))
    for (const index of present) {
      const message = byUid.get(selected.uids[index]!) ?? null
      const sent =
        !needsStore || message
          ? await writeMessage(session, selected, index, message, items, contentItems, changed.has(index))
          : false
      complete &&= sent
      await session.out.drain()
    }
    if (session.closed.aborted) throw new ConnectionClosedError('the client has left')
    await nextTurn()
  }
  return complete
}

/** Reading a body marks its message as seen (RFC 3501 section 6.4.5); durable before the client learns of it. */
async function markSeen(session: Session, selected: SelectedMailbox, indexes: number[]): Promise<Set<number>> {
  const unseen = indexes.filter((index) => !selected.flags[index]!.includes('\\Seen'))
  if (unseen.length === 0) return new Set()
  const uids = unseen.map((index) => selected.uids[index]!)
  const { modified } = await session.context.store.storeFlags(selected.info.id, uids, 'add', ['\\Seen'])
  const changed = new Set<number>()
  for (const { uid, flags, modSeq } of modified) {
    const index = selected.indexOf(uid)
    selected.tell(index, flags, modSeq)
    changed.add(index)
  }
  return changed
}

async function writeMessage(
  session: Session,
  selected: SelectedMailbox,
  index: number,
  message: StoredMessage | null,
  items: FetchItem[],
  contentItems: ContentItem[],
  flagsChanged: boolean,
): Promise<boolean> {
  const { out } = session
  if (!message || contentItems.length === 0) {
    out.write(`* ${index + 1} FETCH (`)
    for (const [position, item] of items.entries()) {
      if (position > 0) out.write(' ')
      if (!isContentItem(item)) writePlain(session, selected, index, message, item)
    }
    out.line(')')
    return true
  }
  const reader = await session.context.store.open(selected.info.id, message.uid)
  if (!reader) return false
  try {
    // Found before the response begins, so that a failure still has its own answer.
    const finder = new SectionFinder(session.context.structures, reader, message)
    const prepared = new Map<FetchItem, PreparedItem>()
    for (const item of contentItems) prepared.set(item, await prepareContentItem(finder, item))
    out.write(`* ${index + 1} FETCH (`)
    for (const [position, item] of [...items, ...impliedItems(session, items, flagsChanged)].entries()) {
      if (position > 0) out.write(' ')
      if (!isContentItem(item)) writePlain(session, selected, index, message, item)
      else await writeContent(session, finder, item, prepared.get(item)!)
    }
    out.line(')')
    return true
  } finally {
    await reader.close()
  }
}

function impliedItems(session: Session, items: FetchItem[], flagsChanged: boolean): FetchItem[] {
  if (!flagsChanged) return []
  const implied: PlainItem[] = [{ type: 'FLAGS' }]
  if (session.condStore) implied.push({ type: 'MODSEQ' })
  return implied.filter(({ type }) => !items.some((item) => item.type === type))
}

function writePlain(
  { out }: Session,
  selected: SelectedMailbox,
  index: number,
  message: StoredMessage | null,
  { type }: PlainItem,
): void {
  if (type === 'FLAGS') return out.write(`FLAGS ${selected.flagsOf(index)}`)
  if (type === 'UID') return out.write(`UID ${selected.uids[index]}`)
  if (type === 'MODSEQ') return out.write(`MODSEQ (${selected.modSeqs[index]})`)
  // RFC 8474 section 5.2: conversations are not kept together here.
  if (type === 'THREADID') return out.write('THREADID NIL')
  if (!message) throw new Error(`${type} without its message`)
  if (type === 'INTERNALDATE') return out.write(`INTERNALDATE "${formatDateTime(message.receivedAt)}"`)
  // RFC 8514: NIL where it was not kept.
  if (type === 'SAVEDATE')
    return out.write(`SAVEDATE ${message.savedAt === null ? 'NIL' : `"${formatDateTime(message.savedAt)}"`}`)
  if (type === 'RFC822.SIZE') return out.write(`RFC822.SIZE ${message.size}`)
  if (type === 'EMAILID') return out.write(`EMAILID (${emailObjectId(message)})`)
  out.write(`${type} `)
  out.octets(type === 'ENVELOPE' ? message.envelope : type === 'BODY' ? message.body : message.bodyStructure)
}

async function writeContent(
  session: Session,
  finder: SectionFinder,
  item: ContentItem,
  prepared: PreparedItem,
): Promise<void> {
  try {
    await writeContentItem(session.out, finder, item, prepared)
    await session.out.drain()
  } catch (error) {
    // The client counts on a whole response: nothing else may come in its place.
    throw session.cutOff(error)
  }
}
