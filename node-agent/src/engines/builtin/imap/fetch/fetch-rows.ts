/**
 * FETCH of what the store keeps as columns, for lists of messages: responses are put together from wire text that is ready, many to
 * a write. What this costs for each message is what a client waits for when it opens a large mailbox.
 */
import type { Flags, MessageColumn, MessageColumns, StoredMessage } from '../../store/mail-store.js'
import { formatDateTime } from '../codec/date-time.js'
import { formatList } from '../codec/response-text.js'
import { giveWay } from '../stored-messages.js'
import type { SelectedMailbox } from '../selected-mailbox.js'
import type { Session } from '../session.js'
import type { FetchItem, PlainItem } from './fetch-items.js'

const batchSize = 1_000

/** Columns behind the items; an item without a column here is one of the session's view, or is not for this way. */
const columnOf: Partial<Record<PlainItem['type'], MessageColumn>> = {
  INTERNALDATE: 'receivedAt',
  'RFC822.SIZE': 'size',
  ENVELOPE: 'envelope',
  BODY: 'body',
  BODYSTRUCTURE: 'bodyStructure',
}
const viewItems: ReadonlySet<FetchItem['type']> = new Set(['FLAGS', 'UID', 'MODSEQ', 'THREADID'])

export const areRows = (items: readonly FetchItem[]): items is PlainItem[] =>
  items.every(({ type }) => viewItems.has(type) || Object.hasOwn(columnOf, type))

/** False where some of the messages are gone. */
export async function fetchRows(
  session: Session,
  selected: SelectedMailbox,
  indexes: readonly number[],
  items: readonly PlainItem[],
): Promise<boolean> {
  const { out, context } = session
  const columns = [...new Set(items.flatMap(({ type }) => columnOf[type] ?? []))]
  const flags = new FlagTexts(selected)
  let complete = true
  for (let start = 0; start < indexes.length; start += batchSize) {
    const present = indexes.slice(start, start + batchSize).filter((index) => !selected.isGone(selected.uids[index]!))
    complete &&= present.length === Math.min(batchSize, indexes.length - start)
    const uids = present.map((index) => selected.uids[index]!)
    const rows = columns.length > 0 ? await context.store.columns(selected.info.id, uids, columns) : { uids }
    let row = 0
    for (const index of present) {
      const uid = selected.uids[index]!
      while (rows.uids[row]! < uid) row++
      if (rows.uids[row] !== uid) {
        complete = false
        continue
      }
      const long = columns.some((column) => rows[column]![row] === null)
      const [whole] = long ? await context.store.messages(selected.info.id, [uid]) : []
      if (long && !whole) {
        complete = false
        continue
      }
      let text = `* ${index + 1} FETCH (`
      for (let position = 0; position < items.length; position++) {
        if (position > 0) text += ' '
        text += textOf(selected, flags, index, items[position]!.type, rows, row, whole)
      }
      out.line(text + ')')
      if (out.isFull) await out.flush()
    }
    await giveWay(session)
  }
  return complete
}

function textOf(
  selected: SelectedMailbox,
  flags: FlagTexts,
  index: number,
  type: PlainItem['type'],
  rows: MessageColumns,
  row: number,
  whole: StoredMessage | undefined,
): string {
  switch (type) {
    case 'FLAGS':
      return flags.of(index)
    case 'UID':
      return `UID ${selected.uids[index]!}`
    case 'MODSEQ':
      return `MODSEQ (${selected.modSeqs[index]!})`
    case 'INTERNALDATE':
      return `INTERNALDATE "${formatDateTime(rows.receivedAt![row]!)}"`
    case 'RFC822.SIZE':
      return `RFC822.SIZE ${rows.size![row]!}`
    case 'ENVELOPE':
      return `ENVELOPE ${rows.envelope![row] ?? whole!.envelope.toString('latin1')}`
    case 'BODY':
      return `BODY ${rows.body![row] ?? whole!.body.toString('latin1')}`
    case 'BODYSTRUCTURE':
      return `BODYSTRUCTURE ${rows.bodyStructure![row] ?? whole!.bodyStructure.toString('latin1')}`
    case 'THREADID':
      // RFC 8474 section 5.2: conversations are not kept together here.
      return 'THREADID NIL'
    default:
      throw new Error(`${type} is not kept as a column`)
  }
}

/** Equal sets of flags are one array, so that a mailbox has a handful of texts. */
class FlagTexts {
  private readonly texts = new Map<Flags, string>()

  constructor(private readonly selected: SelectedMailbox) {}

  of(index: number): string {
    if (this.selected.isRecent(index)) return `FLAGS ${this.selected.flagsOf(index)}`
    const flags = this.selected.flags[index]!
    let text = this.texts.get(flags)
    if (text === undefined) this.texts.set(flags, (text = `FLAGS ${formatList(flags)}`))
    return text
  }
}
