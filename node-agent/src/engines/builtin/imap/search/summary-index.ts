/**
 * The decoded Subject, From, To and Cc of opened mailboxes, folded and kept in memory for SEARCH: a batch of messages is one text, so
 * that looking for something in 100,000 subjects is a few hundred searches in long strings. What a UID stands for never changes, so
 * the only change is that new messages are added at the end. Least recently used mailboxes are forgotten.
 */
import type { MailStore, MessageColumn } from '../../store/mail-store.js'
import { foldText, hasMarks, withoutMarks } from '../../message/index.js'

export type SummaryField = 'subject' | 'from' | 'to' | 'cc'

/** In characters, over all mailboxes. */
const maxKept = 32 * 1024 * 1024
const batchSize = 1_000
/** Beyond this a summary is cut off, and only the header tells. */
const summaryLimit = 998
/** The start of a group in an ENVELOPE: its name is not in the summary's lists of addresses. */
const holdsGroup = /\(NIL NIL ["{]/
/** Never part of a folded text, nor of what is looked for. */
const separator = '\n'

interface Batch {
  uids: number[]
  /** Where the text of each begins. */
  starts: number[]
  text: string
  /** Without marks; the same string where there are none. */
  plain: string
  /** Where each begins in `plain`. */
  plainStarts: number[]
}

class FieldTexts {
  private readonly batches: Batch[] = []
  /** UIDs whose summary does not tell all of the field. */
  readonly incomplete = new Set<number>()
  highest = 0
  characters = 0

  add(uids: readonly number[], texts: readonly string[]): void {
    const batch: Batch = { uids: [...uids], starts: [], text: '', plain: '', plainStarts: [] }
    for (const text of texts) {
      batch.starts.push(batch.text.length)
      batch.text += text + separator
    }
    if (hasMarks(batch.text))
      for (const text of texts) {
        batch.plainStarts.push(batch.plain.length)
        batch.plain += withoutMarks(text) + separator
      }
    else Object.assign(batch, { plain: batch.text, plainStarts: batch.starts })
    this.batches.push(batch)
    this.highest = uids.at(-1) ?? this.highest
    this.characters += batch.text.length + (batch.plain === batch.text ? 0 : batch.plain.length) + 8 * uids.length
  }

  find(sought: string): Set<number> {
    const found = new Set<number>()
    const marked = hasMarks(sought)
    for (const { uids, starts, text, plain, plainStarts } of this.batches) {
      const [searched, places] = marked ? [text, starts] : [plain, plainStarts]
      let entry = 0
      for (let at = searched.indexOf(sought); at >= 0 && entry < uids.length;) {
        while (entry + 1 < uids.length && places[entry + 1]! <= at) entry++
        found.add(uids[entry]!)
        entry++
        if (entry >= uids.length) break
        at = searched.indexOf(sought, places[entry])
      }
    }
    return found
  }
}

export class SummaryIndex {
  private readonly kept = new Map<string, FieldTexts>()
  private characters = 0

  constructor(private readonly store: MailStore) {}

  /** UIDs whose field holds the folded text, and those of which only the header can tell. */
  async find(
    mailbox: { id: number; uidValidity: number },
    uids: readonly number[],
    field: SummaryField,
    sought: string,
    giveWay: () => Promise<void>,
  ): Promise<{ found: ReadonlySet<number>; incomplete: ReadonlySet<number> }> {
    const key = `${mailbox.id} ${mailbox.uidValidity} ${field}`
    const texts = this.kept.get(key) ?? new FieldTexts()
    await this.catchUp(texts, mailbox.id, uids, field, giveWay)
    this.keep(key, texts)
    return { found: texts.find(sought), incomplete: texts.incomplete }
  }

  private async catchUp(
    texts: FieldTexts,
    mailboxId: number,
    uids: readonly number[],
    field: SummaryField,
    giveWay: () => Promise<void>,
  ): Promise<void> {
    const columns: MessageColumn[] = field === 'subject' ? [field] : [field, 'envelope']
    const known = texts.highest
    const missing = uids.filter((uid) => uid > known)
    for (let start = 0; start < missing.length; start += batchSize) {
      const wanted = missing.slice(start, start + batchSize)
      const read = await this.store.columns(mailboxId, wanted, columns)
      // Another session may have read on meanwhile.
      const from = read.uids.findIndex((uid) => uid > texts.highest)
      if (from >= 0) {
        const folded = read[field]!.slice(from).map(foldText)
        const added = read.uids.slice(from)
        for (const [index, uid] of added.entries()) {
          const envelope = read.envelope?.[from + index]
          const group = envelope === null || (envelope !== undefined && holdsGroup.test(envelope))
          if (group || read[field]![from + index]!.length >= summaryLimit) texts.incomplete.add(uid)
        }
        texts.add(added, folded)
      }
      await giveWay()
    }
  }

  private keep(key: string, texts: FieldTexts): void {
    this.kept.delete(key)
    this.kept.set(key, texts)
    this.characters = [...this.kept.values()].reduce((sum, { characters }) => sum + characters, 0)
    for (const [oldest, { characters }] of this.kept) {
      if (this.characters <= maxKept || this.kept.size === 1) break
      this.kept.delete(oldest)
      this.characters -= characters
    }
  }
}
