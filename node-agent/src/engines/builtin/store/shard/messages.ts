/** Messages of a mailbox, their flags and modification sequences (RFC 7162), and what vanished. */
import type Database from 'better-sqlite3'
import { StoreError } from '../mail-store.js'
import { deletedBit, joinKeywords, seenBit, splitKeywords, type ParsedFlags } from '../flags.js'
import { prefixTagOf } from '../content/digests.js'
import type { Accounts } from './accounts.js'
import type { ContentRef, Contents } from './contents.js'
import type { MailboxRow } from './mailboxes.js'
import type { CopyResult, ExpungeArgs, StoreFlagsArgs, StoreFlagsResult } from './protocol.js'
import { mailboxSeal, messageSeal } from './seals.js'
import type { Vanished } from './vanished.js'

const maxKeywords = 500

interface NewMessage {
  content: ContentRef
  /** With the prefix. */
  size: number
  system: number
  keywords: string | null
  receivedAt: number
  prefix: Buffer | null
  uniqueId?: string | null
}

interface MessageRow {
  uid: number
  system: number
  keywords: string | null
  modSeq: number
  content: number
  tag: number
  size: number
  receivedAt: number
  prefix: Buffer | null
  uniqueId: string | null
  /** 0 where the row does not keep its seal. */
  sound: number
}

export function createMessages(db: Database.Database, accounts: Accounts, contents: Contents, vanished: Vanished) {
  const columns = `uid, system, keywords, mod_seq AS modSeq, content, tag, size, received_at AS receivedAt, prefix,
    unique_id AS uniqueId, seal IS ${messageSeal()} AS sound`
  const get = db.prepare(`SELECT ${columns} FROM messages WHERE mailbox = ? AND uid = ?`)
  const all = db.prepare(`SELECT ${columns} FROM messages WHERE mailbox = ? ORDER BY uid`)
  const deletedUids = db.prepare('SELECT uid FROM messages WHERE mailbox = ? AND system & 2 ORDER BY uid').pluck()
  const flagsOf = db.prepare(
    'SELECT uid, system, keywords, mod_seq AS modSeq FROM messages WHERE mailbox = ? AND uid = ?',
  )
  const insert = db.prepare(
    `INSERT INTO messages
       (mailbox, uid, system, keywords, mod_seq, content, tag, size, received_at, saved_at, prefix, prefix_tag, unique_id, seal)
     VALUES (@mailbox, @uid, @system, @keywords, @modSeq, @content, @tag, @size, @receivedAt, @savedAt, @prefix, @prefixTag, @uniqueId,
       ${messageSeal({ mailbox: '@mailbox', uid: '@uid', tag: '@tag', size: '@size', prefixTag: '@prefixTag' })})`,
  )
  const update = db.prepare('UPDATE messages SET system = ?, keywords = ?, mod_seq = ? WHERE mailbox = ? AND uid = ?')
  const remove = db.prepare('DELETE FROM messages WHERE mailbox = ? AND uid = ?')
  const grow = db.prepare(
    `UPDATE mailboxes SET uid_next = @uidNext, seal = ${mailboxSeal({ uidNext: '@uidNext' })}, highest_mod_seq = @modSeq,
       messages = messages + @messages, unseen = unseen + @unseen, bytes = bytes + @bytes WHERE id = @id`,
  )
  const spellingOf = db.prepare('SELECT spelling FROM keywords WHERE account = ? AND folded = ?').pluck()
  const addKeyword = db.prepare('INSERT INTO keywords (account, folded, spelling) VALUES (?, ?, ?)')
  const countKeywords = db.prepare('SELECT count(*) FROM keywords WHERE account = ?').pluck()

  /** In the account's spelling: who used a keyword first decides it. */
  function canonical(account: number, keywords: string[], learn: boolean): string[] {
    return keywords.flatMap((keyword) => {
      const folded = keyword.toLowerCase()
      const known = spellingOf.get(account, folded) as string | undefined
      if (known !== undefined) return [known]
      if (!learn) return []
      if ((countKeywords.get(account) as number) >= maxKeywords)
        throw new StoreError('LIMIT_REACHED', `an account holds at most ${maxKeywords} keywords`)
      addKeyword.run(account, folded, keyword)
      return [keyword]
    })
  }

  /** Takes UIDs in order; one modification sequence for all. Changes `mailbox` too, for a next call in this transaction. */
  function add(mailbox: MailboxRow, messages: NewMessage[]): number[] {
    const modSeq = ++mailbox.highestModSeq
    const first = mailbox.uidNext
    mailbox.uidNext += messages.length
    if (mailbox.uidNext > 0xffffffff) throw new StoreError('LIMIT_REACHED', 'the mailbox has used all UIDs')
    const savedAt = Date.now()
    let unseen = 0
    let bytes = 0
    messages.forEach((message, index) => {
      const { content, system, keywords, size, receivedAt, prefix, uniqueId = null } = message
      insert.run({
        mailbox: mailbox.id,
        uid: first + index,
        system,
        keywords,
        modSeq,
        content: content.id,
        tag: content.tag,
        size,
        receivedAt,
        savedAt,
        prefix,
        prefixTag: prefixTagOf(prefix),
        uniqueId,
      })
      bytes += size
      if (!(system & seenBit)) unseen++
    })
    grow.run({ id: mailbox.id, uidNext: mailbox.uidNext, modSeq, messages: messages.length, unseen, bytes })
    accounts.use(mailbox.account, bytes, messages.length)
    return messages.map((_, index) => first + index)
  }

  /** Rows must be of this mailbox, ascending by UID. `keepContents`: their references went elsewhere. */
  function take(mailbox: MailboxRow, rows: MessageRow[], keepContents: boolean): void {
    const modSeq = ++mailbox.highestModSeq
    let unseen = 0
    let bytes = 0
    for (const row of rows) {
      remove.run(mailbox.id, row.uid)
      if (!keepContents) contents.releaseReferences(row.content, 1)
      bytes += row.size
      if (!(row.system & seenBit)) unseen++
    }
    vanished.add(
      mailbox.id,
      modSeq,
      rows.map(({ uid }) => uid),
    )
    grow.run({
      id: mailbox.id,
      uidNext: mailbox.uidNext,
      modSeq,
      messages: -rows.length,
      unseen: -unseen,
      bytes: -bytes,
    })
    accounts.use(mailbox.account, -bytes, -rows.length)
  }

  const rowsOf = (mailbox: number, uids: number[]): MessageRow[] =>
    uids.flatMap((uid) => (get.get(mailbox, uid) as MessageRow | undefined) ?? [])

  return {
    add,

    /** The stored form of flags; learns new keywords. */
    flagsFor: (account: number, { system, keywords }: ParsedFlags): { system: number; keywords: string | null } => ({
      system,
      keywords: keywords.length === 0 ? null : joinKeywords(canonical(account, keywords, true)),
    }),

    /** Answers all of the UIDs that are there and not `failed`, whether they changed or not. */
    storeFlags(mailbox: MailboxRow, args: StoreFlagsArgs): StoreFlagsResult {
      const { mode, unchangedSince } = args
      const given = canonical(mailbox.account, args.flags.keywords, mode !== 'remove')
      const modified: StoreFlagsResult['modified'] = []
      const failed: number[] = []
      const modSeq = mailbox.highestModSeq + 1
      let unseen = 0
      let changes = 0
      for (const uid of args.uids) {
        const row = flagsOf.get(mailbox.id, uid) as StoreFlagsResult['modified'][number] | undefined
        if (!row) continue
        if (unchangedSince !== null && row.modSeq > unchangedSince) {
          failed.push(uid)
          continue
        }
        const { system, keywords } = within(args.allowed, row, combine(row, mode, args.flags.system, given))
        if (system === row.system && keywords === row.keywords) {
          modified.push(row)
          continue
        }
        update.run(system, keywords, modSeq, mailbox.id, uid)
        unseen += Number(!(system & seenBit)) - Number(!(row.system & seenBit))
        changes++
        modified.push({ uid, system, keywords, modSeq })
      }
      if (changes > 0) grow.run({ id: mailbox.id, uidNext: mailbox.uidNext, modSeq, messages: 0, unseen, bytes: 0 })
      return { modified, failed }
    },

    expunge(mailbox: MailboxRow, { uids, force }: ExpungeArgs): { vanished: number[]; highestModSeq: number } {
      let rows: MessageRow[]
      if (uids) rows = rowsOf(mailbox.id, uids).filter(({ system }) => force || (system & deletedBit) !== 0)
      else if (force) rows = all.all(mailbox.id) as MessageRow[]
      else rows = rowsOf(mailbox.id, deletedUids.all(mailbox.id) as number[])
      if (rows.length > 0) take(mailbox, rows, false)
      return { vanished: rows.map(({ uid }) => uid), highestModSeq: mailbox.highestModSeq }
    },

    /** Within one account. `uids` null: all. */
    copy(from: MailboxRow, uids: number[] | null, to: MailboxRow, move: boolean, quota: number | null): CopyResult {
      // A damaged row stays where it is, for the repair: a copy would have a seal that says it is sound.
      const rows = (uids ? rowsOf(from.id, uids) : (all.all(from.id) as MessageRow[])).filter(({ sound }) => sound)
      if (rows.length === 0) return { uidValidity: to.uidValidity, from: [], to: [] }
      const bytes = rows.reduce((sum, { size }) => sum + size, 0)
      if (!move) accounts.assertRoom(accounts.byKey(to.account), bytes, quota)
      if (!move) for (const { content } of rows) contents.addReferences(content, 1)
      const added = add(
        to,
        rows.map(({ content, tag, uniqueId, ...rest }) => ({
          ...rest,
          content: { id: content, tag },
          uniqueId: move ? (uniqueId ?? `${from.uidValidity}.${rest.uid}`) : null,
        })),
      )
      if (move) {
        // A move into the same mailbox has taken UIDs and a modification sequence from the other row object.
        if (from.id === to.id) Object.assign(from, { uidNext: to.uidNext, highestModSeq: to.highestModSeq })
        take(from, rows, true)
      }
      return { uidValidity: to.uidValidity, from: rows.map(({ uid }) => uid), to: added }
    },
  }
}
export type Messages = ReturnType<typeof createMessages>

/** Leaves as they were what the caller may not change. */
function within(
  allowed: StoreFlagsArgs['allowed'],
  before: StoredFlags,
  { system, keywords }: StoredFlags,
): StoredFlags {
  if (allowed === null) return { system, keywords }
  return {
    system: (before.system & ~allowed.system) | (system & allowed.system),
    keywords: allowed.keywords ? keywords : before.keywords,
  }
}

interface StoredFlags {
  system: number
  keywords: string | null
}

function combine(row: StoredFlags, mode: StoreFlagsArgs['mode'], system: number, keywords: string[]): StoredFlags {
  if (mode === 'replace') return { system, keywords: joinKeywords(keywords) }
  const had = splitKeywords(row.keywords)
  return mode === 'add'
    ? { system: row.system | system, keywords: joinKeywords([...had, ...keywords]) }
    : { system: row.system & ~system, keywords: joinKeywords(had.filter((keyword) => !keywords.includes(keyword))) }
}
