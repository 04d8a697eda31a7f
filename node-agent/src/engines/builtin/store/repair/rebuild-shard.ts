/**
 * Makes a new database of a shard from what can be read of the damaged one. Kept is what proves itself:
 * - a message whose seal is right and whose content is there keeps its UID;
 * - a mailbox whose seal is wrong gets a new UIDVALIDITY, so that no client takes a message for another one;
 * - a content whose message is lost comes into `Recovered` of the account that it was delivered to;
 * - octets are not read here: each block is proved by its digest whenever it is served.
 * The damaged database stays beside the new one, with a report of what was lost.
 */
import Database from 'better-sqlite3'
import { randomUUID } from 'node:crypto'
import { isDamaged } from '../../../../durable/set-aside.js'
import { createOutbox } from '../../../../durable/outbox-table.js'
import { counts } from '../shard/counts.js'
import { migrateShard, sealedSince } from '../shard/schema.js'
import { mailboxSeal, messageSeal } from '../shard/seals.js'
import { leaveUidGap } from '../shard/uid-gap.js'
import { recoverContents } from './recover-contents.js'
import { Salvage, type Row } from './salvage.js'

const uidValidityGap = 10_000_000

export interface RebuildReport {
  messages: number
  /** Contents whose messages were lost and that are in `Recovered` of their accounts now. */
  recovered: number
  /** Contents that nobody is known to own: kept, and in no mailbox. */
  unowned: number
  /** UIDs whose entry is lost, by account and mailbox. */
  lost: { account: string; mailbox: string; uids: number[] }[]
  /** Mailboxes whose UIDVALIDITY changed. */
  renumbered: { account: string; mailbox: string }[]
  /** Mailboxes with messages, of which neither name nor owner is known. */
  ownerless: number[]
}

export function rebuild(from: string, to: string, storeId: string): RebuildReport {
  const damaged = openReadable(from)
  const db = new Database(to)
  try {
    db.pragma('journal_mode = OFF')
    db.pragma('synchronous = OFF')
    migrateShard(db)
    db.exec('BEGIN')
    const report = fill(damaged, db, storeId)
    leaveUidGap(db)
    db.exec('COMMIT')
    db.pragma('journal_mode = WAL')
    return report
  } finally {
    db.close()
    damaged.close()
  }
}

/** An empty one in place of a file that SQLite does not take for a database. */
function openReadable(path: string): Database.Database {
  const db = new Database(path, { readonly: true })
  try {
    db.prepare('SELECT count(*) FROM sqlite_schema').get()
    return db
  } catch (error) {
    db.close()
    if (!isDamaged(error)) throw error
    return new Database(':memory:')
  }
}

function fill(damaged: Database.Database, db: Database.Database, storeId: string): RebuildReport {
  const salvage = new Salvage(damaged)
  const add = inserterInto(db)
  copyEvents(salvage, db)

  salvage.bothEnds((direction) => `SELECT id, key FROM accounts ORDER BY id ${direction}`, add('accounts'))
  const setClosed = db.prepare('UPDATE accounts SET closed_at = ? WHERE key = ?')
  salvage.range('accounts', 'key', (row) => {
    add('accounts')(row)
    // By the index of names nobody would know it is closed.
    if (typeof row['closed_at'] === 'number') setClosed.run(row['closed_at'], row['key'])
  })
  salvage.range('segments', 'id', add('segments'))
  salvage.range('contents', 'id', add('contents'))
  salvage.range('bodies', 'content', add('bodies'))
  for (const { table, key } of otherTables)
    salvage.bothEnds((direction) => `SELECT * FROM ${table} ORDER BY ${key} ${direction}`, add(table))
  const renumbered = copyMailboxes(damaged, salvage, db, storeId)
  const { lost, ownerless } = copyMessages(damaged, salvage, db)

  const { recovered, unowned } = recoverContents(db)
  db.exec('UPDATE segments SET live = (SELECT coalesce(sum(size), 0) FROM contents WHERE segment = segments.id)')
  db.exec(`INSERT OR IGNORE INTO segments (id) SELECT DISTINCT segment FROM contents WHERE segment IS NOT NULL`)
  // The ids of what was lost are not given again: they name contents and mailboxes outside too.
  const sequence = db.prepare('SELECT 1 FROM sqlite_sequence WHERE name = ?')
  for (const table of ['accounts', 'mailboxes', 'contents', 'segments'])
    if (sequence.get(table)) db.prepare('UPDATE sqlite_sequence SET seq = seq + 1000000 WHERE name = ?').run(table)
    else db.prepare("INSERT INTO sqlite_sequence VALUES (?, unixepoch('now'))").run(table)
  for (const { mend } of counts) db.exec(mend)
  const messages = db.prepare('SELECT count(*) FROM messages').pluck().get() as number
  return { messages, recovered, unowned, lost, renumbered, ownerless }
}

const otherTables = [
  { table: 'keywords', key: 'account' },
  { table: 'vanished', key: 'mailbox' },
  { table: 'subscriptions', key: 'account' },
  { table: 'access', key: 'mailbox' },
  { table: 'annotations', key: 'mailbox' },
  { table: 'released_files', key: 'name' },
] as const

/** Inserts the columns that both databases know; a row that breaks a rule of the schema is no row. */
function inserterInto(db: Database.Database) {
  return (table: string) => {
    const known = (db.pragma(`table_info(${table})`) as { name: string }[]).map(({ name }) => name)
    const statements = new Map<string, Database.Statement>()
    return (row: Row): void => {
      const columns = known.filter((name) => name in row)
      const key = columns.join()
      let statement = statements.get(key)
      if (!statement) {
        const values = columns.map((name) => `@${name}`).join()
        statement = db.prepare(`INSERT OR IGNORE INTO ${table} (${key}) VALUES (${values})`)
        statements.set(key, statement)
      }
      try {
        statement.run(row)
      } catch (error) {
        if (!/^SQLITE_(CONSTRAINT|MISMATCH)/.test((error as { code?: string }).code ?? '')) throw error
      }
    }
  }
}

/** Events that wait to be shipped. Where one may be missing, the numbers begin anew in a stream of another name. */
function copyEvents(salvage: Salvage, db: Database.Database): void {
  createOutbox(db)
  db.exec('CREATE TABLE IF NOT EXISTS writer_meta (epoch TEXT NOT NULL)')
  const failures = salvage.failures
  let epoch: string | null = null
  let sequence = 0
  salvage.range('writer_meta', 'rowid', (row) => (epoch = row['epoch'] as string))
  salvage.bothEnds(
    (direction) => `SELECT seq FROM sqlite_sequence WHERE name = 'event_outbox' ORDER BY rowid ${direction}`,
    (row) => (sequence = row['seq'] as number),
  )
  const append = db.prepare('INSERT INTO event_outbox (body) VALUES (?)')
  const keep = db.prepare('INSERT INTO event_outbox (sequence, body) VALUES (?, ?)')
  const rows: Row[] = []
  salvage.range('event_outbox', 'sequence', (row) => {
    if (isJson(row['body'])) rows.push(row)
  })
  const whole =
    salvage.failures === failures &&
    epoch !== null &&
    rows.every((row, index) => row['sequence'] === sequence - rows.length + 1 + index)
  db.prepare('INSERT INTO writer_meta VALUES (?)').run(whole ? epoch : randomUUID())
  for (const row of rows) {
    if (whole) keep.run(row['sequence'], row['body'])
    else append.run(row['body'])
  }
  if (!whole || rows.length > 0) return
  db.prepare("INSERT INTO sqlite_sequence (name, seq) VALUES ('event_outbox', ?)").run(sequence)
}

function isJson(text: unknown): boolean {
  try {
    JSON.parse(text as string)
    return true
  } catch {
    return false
  }
}

const schemaOf = (db: Database.Database): number => db.pragma('user_version', { simple: true }) as number

function copyMailboxes(
  damaged: Database.Database,
  salvage: Salvage,
  db: Database.Database,
  storeId: string,
): RebuildReport['renumbered'] {
  const add = inserterInto(db)('mailboxes')
  const sealed = schemaOf(damaged) >= sealedSince
  const reseal = `UPDATE mailboxes SET seal = ${mailboxSeal()} WHERE id = ?`
  salvage.range('mailboxes', 'id', (row) => {
    add(row)
    if (!sealed) db.prepare(reseal).run(row['id'])
  })
  // What only the index of names still tells: it has no UIDVALIDITY, and gets a new one below.
  salvage.bothEnds(
    (direction) => `SELECT account, name, id FROM mailboxes ORDER BY account ${direction}, name ${direction}`,
    (row) => add({ ...row, uid_validity: 0 }),
  )
  // The seal tells which account a flipped one was.
  db.exec(`UPDATE OR IGNORE mailboxes SET account = (SELECT key FROM accounts WHERE seal = ${mailboxSeal({ id: 'mailboxes.id', account: 'key' })})
    WHERE seal IS NOT ${mailboxSeal()} AND EXISTS (SELECT 1 FROM accounts WHERE seal = ${mailboxSeal({ id: 'mailboxes.id', account: 'key' })})`)
  // Of an account that nothing is known of: it would never be seen, nor removed.
  db.exec('DELETE FROM mailboxes WHERE name IS NOT NULL AND account NOT IN (SELECT key FROM accounts)')

  let last = Math.floor(Date.now() / 1000)
  salvage.range('shard', 'rowid', (row) => (last = Math.max(last, row['last_uid_validity'] as number)))
  const highest = db.prepare(`SELECT max(uid_validity) FROM mailboxes WHERE seal IS ${mailboxSeal()}`).pluck().get()
  // It runs ahead of the clock where many mailboxes are made, and what is read here may be too low.
  last = Math.max(last, (highest as number | null) ?? 0) + uidValidityGap
  const wrong = db
    .prepare(
      `SELECT id, (SELECT id FROM accounts WHERE key = mailboxes.account) AS account, name AS mailbox FROM mailboxes
       WHERE seal IS NOT ${mailboxSeal()}`,
    )
    .all() as { id: number; account: string | null; mailbox: string | null }[]
  const renumber = db.prepare(
    'UPDATE mailboxes SET uid_validity = ?, uid_next = 1, highest_mod_seq = max(highest_mod_seq, 1) WHERE id = ?',
  )
  for (const { id } of wrong) {
    renumber.run(++last, id)
    db.prepare(reseal).run(id)
  }
  db.prepare('INSERT INTO shard VALUES (?, ?)').run(storeId, last)
  return wrong.map(({ account, mailbox }) => ({ account: account ?? '', mailbox: mailbox ?? '' }))
}

function copyMessages(
  damaged: Database.Database,
  salvage: Salvage,
  db: Database.Database,
): Pick<RebuildReport, 'lost' | 'ownerless'> {
  const add = inserterInto(db)('messages')
  const sealed = schemaOf(damaged) >= sealedSince
  const seal = db.prepare(
    `UPDATE messages SET prefix_tag = prefix_tag_of(prefix), seal = ${messageSeal()} WHERE mailbox = ? AND uid = ?`,
  )
  const mailboxes = db
    .prepare(
      'SELECT mailboxes.id, accounts.id AS account, name FROM mailboxes LEFT JOIN accounts ON key = account ORDER BY mailboxes.id',
    )
    .all() as { id: number; account: string | null; name: string | null }[]
  const mismatched = db
    .prepare(
      `SELECT uid FROM messages LEFT JOIN contents ON contents.id = content
       WHERE mailbox = ? AND (messages.seal IS NOT ${messageSeal()} OR messages.tag IS NOT contents.tag)`,
    )
    .pluck()
  const remove = db.prepare('DELETE FROM messages WHERE mailbox = ? AND uid = ?')
  const present = db.prepare('SELECT 1 FROM messages WHERE mailbox = ? AND uid = ?')
  const lost: RebuildReport['lost'] = []
  for (const { id, account, name } of mailboxes) {
    salvage.range(
      'messages',
      'uid',
      (row) => {
        add(row)
        if (!sealed) seal.run(id, row['uid'])
      },
      { where: 'mailbox = ? AND', parameters: [id], to: 0xffffffff },
    )
    const uids = new Set(mismatched.all(id) as number[])
    for (const uid of uids) remove.run(id, uid)
    // The index of changes has an entry for each message.
    salvage.bothEnds(
      (direction) =>
        `SELECT uid FROM messages INDEXED BY messages_changes WHERE mailbox = ${id} ORDER BY mod_seq ${direction}`,
      (row) => void (present.get(id, row['uid']) ?? uids.add(row['uid'] as number)),
    )
    if (uids.size > 0) lost.push({ account: account ?? '', mailbox: name ?? '', uids: [...uids].sort((a, b) => a - b) })
  }
  const known = new Set(mailboxes.map(({ id }) => id))
  const ownerless = new Set<number>()
  salvage.bothEnds(
    (direction) => `SELECT DISTINCT mailbox FROM messages ORDER BY mailbox ${direction}`,
    (row) => void (known.has(row['mailbox'] as number) || ownerless.add(row['mailbox'] as number)),
  )
  return { lost, ownerless: [...ownerless] }
}
