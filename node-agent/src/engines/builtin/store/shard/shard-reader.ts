/** Reads of one shard, on a connection that cannot write; each sees the last commit. Ids here are the shard's own. */
import Database from 'better-sqlite3'
import { internFlags } from '../flags.js'
import type {
  MailboxChanges,
  MailboxInfo,
  MailboxSnapshot,
  MailboxStatus,
  MessageColumn,
  MessageColumns,
  SpecialUse,
  StoredMessage,
} from '../mail-store.js'
import { StoreError } from '../mail-store.js'
import { createAccessReader } from './access.js'
import { createAnnotationReader } from './annotations.js'
import { databasePath } from './layout.js'
import { createColumnReader } from './message-columns.js'
import { isDamagedMessage } from './seals.js'
import { prefixTagOf } from '../content/digests.js'
import { damagedEntry } from '../store-error.js'

interface ContentPlace {
  id: number
  size: number
  segment: number | null
  position: number | null
  file: string | null
  digests: Buffer
  /** Of a content in the database. */
  octets: Buffer | null
  prefix: Buffer | null
}

interface MessageRow extends Omit<StoredMessage, 'contentId'> {
  content: number
  prefixSize: number
  damaged: number
}

export function openShardReader(folder: string) {
  const db = new Database(databasePath(folder), { readonly: true, timeout: 5000 })
  const { storeId } = db.prepare('SELECT store_id AS storeId FROM shard').get() as { storeId: string }
  const open = `name IS NOT NULL AND (SELECT closed_at FROM accounts WHERE key = mailboxes.account) IS NULL`
  const account = db.prepare('SELECT bytes, messages, closed_at AS closedAt FROM accounts WHERE id = ?')
  const accounts = db.prepare('SELECT id, closed_at IS NOT NULL AS closed FROM accounts')
  const mailboxColumns = `mailboxes.id AS id, name, uid_validity AS uidValidity, special_use AS specialUse,
    no_select AS noSelect,
    EXISTS (SELECT 1 FROM subscriptions AS s WHERE s.account = mailboxes.account AND s.name = mailboxes.name) AS subscribed`
  const mailboxes = db.prepare(
    `SELECT ${mailboxColumns} FROM mailboxes JOIN accounts ON accounts.key = account
     WHERE accounts.id = ? AND name IS NOT NULL ORDER BY name`,
  )
  const mailboxByName = db.prepare(
    `SELECT ${mailboxColumns} FROM mailboxes JOIN accounts ON accounts.key = account WHERE accounts.id = ? AND name = ?`,
  )
  const subscriptions = db
    .prepare(
      'SELECT name FROM subscriptions JOIN accounts ON accounts.key = account WHERE accounts.id = ? ORDER BY name',
    )
    .pluck()
  const ownerOf = db
    .prepare('SELECT accounts.id FROM mailboxes JOIN accounts ON accounts.key = account WHERE mailboxes.id = ?')
    .pluck()
  const status = db.prepare(
    `SELECT messages, unseen, uid_next AS uidNext, uid_validity AS uidValidity, highest_mod_seq AS highestModSeq,
       bytes AS size, vanished_floor AS vanishedFloor FROM mailboxes WHERE id = ? AND no_select = 0 AND ${open}`,
  )
  // As JSON: parsing four arrays takes a third of the time of making 100,000 rows.
  const snapshot = db
    .prepare(
      `SELECT json_group_array(uid), json_group_array(system), json_group_array(keywords), json_group_array(mod_seq)
       FROM (SELECT uid, system, keywords, mod_seq FROM messages WHERE mailbox = ? ORDER BY uid)`,
    )
    .raw()
  const listing = db
    .prepare(
      `SELECT json_group_array(uid), json_group_array(size), json_group_array(unique_id)
       FROM (SELECT uid, size, unique_id FROM messages WHERE mailbox = ? ORDER BY uid)`,
    )
    .raw()
  const changed = db.prepare(
    'SELECT uid, system, keywords, mod_seq AS modSeq FROM messages WHERE mailbox = ? AND mod_seq > ?',
  )
  const vanished = db.prepare('SELECT first, last FROM vanished WHERE mailbox = ? AND mod_seq > ?')
  const message = db.prepare(
    `SELECT uid, content, messages.size AS size, received_at AS receivedAt, saved_at AS savedAt, ${isDamagedMessage} AS damaged,
       coalesce(length(prefix), 0) AS prefixSize, header_size AS headerSize,
       message_id AS messageId, subject, sender AS "from", recipients AS "to", cc, sent_at AS sentAt, envelope, body,
       body_structure AS bodyStructure
     FROM messages LEFT JOIN contents ON contents.id = content WHERE mailbox = ? AND uid = ?`,
  )
  const place = db.prepare(
    `SELECT contents.id AS id, contents.size AS size, segment, position, file, digests, octets, prefix,
       prefix_tag AS prefixTag, ${isDamagedMessage} AS damaged
     FROM messages LEFT JOIN contents ON contents.id = messages.content LEFT JOIN bodies ON bodies.content = contents.id
     WHERE mailbox = ? AND uid = ?`,
  )
  const released = db.prepare('SELECT name FROM released_files').pluck()

  const readColumns = createColumnReader(db)

  function requireStatus(mailbox: number): MailboxStatus & { vanishedFloor: number } {
    const row = status.get(mailbox) as (MailboxStatus & { vanishedFloor: number }) | undefined
    if (!row) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is gone')
    return row
  }

  const inOneRead = <Result>(read: () => Result): Result => db.transaction(read)()

  return {
    accounts: (): { id: string; closed: boolean }[] =>
      (accounts.all() as { id: string; closed: number }[]).map(({ id, closed }) => ({ id, closed: closed === 1 })),

    usage: (accountId: string) =>
      account.get(accountId) as { bytes: number; messages: number; closedAt: number | null } | undefined,
    mailboxes: (accountId: string) => (mailboxes.all(accountId) as MailboxRow[]).map(mailboxInfo(accountId)),
    mailbox(accountId: string, name: string): MailboxInfo | null {
      const row = mailboxByName.get(accountId, name) as MailboxRow | undefined
      return row ? mailboxInfo(accountId)(row) : null
    },
    subscriptions: (accountId: string) => subscriptions.all(accountId) as string[],
    ownerOf: (mailbox: number) => ownerOf.get(mailbox) as string | undefined,
    status(mailbox: number): MailboxStatus {
      const { vanishedFloor: _, ...rest } = requireStatus(mailbox)
      return rest
    },

    snapshot: (mailbox: number): MailboxSnapshot =>
      inOneRead(() => {
        const { uidValidity, uidNext, highestModSeq } = requireStatus(mailbox)
        const columns = (snapshot.get(mailbox) as string[]).map((json) => JSON.parse(json) as unknown[])
        const [uids, system, keywords, modSeqs] = columns as [number[], number[], (string | null)[], number[]]
        const flags = system.map((bits, index) => internFlags(bits, keywords[index]!))
        return { uidValidity, uidNext, highestModSeq, uids, flags, modSeqs }
      }),

    listing: (mailbox: number): { uid: number; size: number; uniqueId: string }[] =>
      inOneRead(() => {
        const { uidValidity } = requireStatus(mailbox)
        const columns = (listing.get(mailbox) as string[]).map((json) => JSON.parse(json) as unknown[])
        const [uids, sizes, uniqueIds] = columns as [number[], number[], (string | null)[]]
        return uids.map((uid, index) => ({
          uid,
          size: sizes[index]!,
          uniqueId: uniqueIds[index] ?? `${uidValidity}.${uid}`,
        }))
      }),

    changesSince: (mailbox: number, modSeq: number): MailboxChanges | null =>
      inOneRead(() => {
        const { highestModSeq, uidNext, vanishedFloor } = requireStatus(mailbox)
        if (modSeq < vanishedFloor) return null
        if (modSeq >= highestModSeq) return { highestModSeq, uidNext, changed: [], vanished: [] }
        const rows = changed.all(mailbox, modSeq) as FlagsRow[]
        const ranges = vanished.all(mailbox, modSeq) as { first: number; last: number }[]
        return {
          highestModSeq,
          uidNext,
          changed: rows
            .map(({ uid, system, keywords, modSeq }) => ({ uid, flags: internFlags(system, keywords), modSeq }))
            .sort((a, b) => a.uid - b.uid),
          vanished: ranges
            .flatMap(({ first, last }) => Array.from({ length: last - first + 1 }, (_, index) => first + index))
            .sort((a, b) => a - b),
        }
      }),

    messages: (mailbox: number, uids: number[], nameContent: (id: number) => string): StoredMessage[] =>
      inOneRead(() => {
        requireStatus(mailbox)
        return uids.flatMap((uid) => {
          const row = message.get(mailbox, uid) as MessageRow | undefined
          if (!row) return []
          const { content, damaged, prefixSize, headerSize, ...rest } = row
          if (damaged) throw damagedEntry(uid)
          return { ...rest, headerSize: headerSize + prefixSize, contentId: nameContent(content) }
        })
      }),

    columns: (
      mailbox: number,
      uids: readonly number[],
      columns: readonly MessageColumn[],
      onDamage: () => void,
    ): MessageColumns =>
      inOneRead(() => {
        requireStatus(mailbox)
        return readColumns(mailbox, uids, columns, onDamage)
      }),

    place(mailbox: number, uid: number): ContentPlace | null {
      requireStatus(mailbox)
      const row = place.get(mailbox, uid) as (ContentPlace & { damaged: number; prefixTag: number | null }) | undefined
      if (!row) return null
      if (row.damaged || prefixTagOf(row.prefix) !== row.prefixTag) throw damagedEntry(uid)
      return row
    },

    ...createAccessReader(db, mailboxColumns),
    ...createAnnotationReader(db),
    storeId,
    releasedFiles: () => released.all() as string[],
    close: () => void db.close(),
  }
}
export type ShardReader = ReturnType<typeof openShardReader>

interface FlagsRow {
  uid: number
  system: number
  keywords: string | null
  modSeq: number
}

interface MailboxRow {
  id: number
  name: string
  uidValidity: number
  subscribed: number
  specialUse: SpecialUse | null
  noSelect: number
}

const mailboxInfo =
  (accountId: string) =>
  ({ subscribed, noSelect, ...row }: MailboxRow): MailboxInfo => ({
    ...row,
    accountId,
    subscribed: subscribed !== 0,
    noSelect: noSelect !== 0,
  })
