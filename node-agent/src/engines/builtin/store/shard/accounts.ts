/** Accounts of a shard: what they use, and their mailboxes at first use. */
import type Database from 'better-sqlite3'
import type { SpecialUse } from '../mail-store.js'
import { StoreError } from '../mail-store.js'
import { mailboxSeal } from './seals.js'
import type { Subscriptions } from './subscriptions.js'

interface AccountRow {
  key: number
  id: string
  bytes: number
  messages: number
  closedAt: number | null
}

/** Names that mail clients look for; RFC 6154 uses. */
export const firstMailboxes: readonly (readonly [name: string, specialUse: SpecialUse | null])[] = [
  ['INBOX', null],
  ['Archive', '\\Archive'],
  ['Drafts', '\\Drafts'],
  ['Junk', '\\Junk'],
  ['Sent', '\\Sent'],
  ['Trash', '\\Trash'],
]

export function createAccounts(db: Database.Database, subscriptions: Subscriptions) {
  const columns = 'key, id, bytes, messages, closed_at AS closedAt'
  const byId = db.prepare(`SELECT ${columns} FROM accounts WHERE id = ?`)
  const byKey = db.prepare(`SELECT ${columns} FROM accounts WHERE key = ?`)
  const insert = db.prepare('INSERT INTO accounts (id) VALUES (?)')
  const use = db.prepare('UPDATE accounts SET bytes = bytes + ?, messages = messages + ? WHERE key = ?')
  const setClosed = db.prepare('UPDATE accounts SET closed_at = ? WHERE id = ? AND (closed_at IS NULL) = ?')
  const insertMailbox = db.prepare(
    'INSERT INTO mailboxes (account, name, uid_validity, special_use) VALUES (?, ?, ?, ?)',
  )
  const seal = db.prepare(`UPDATE mailboxes SET seal = ${mailboxSeal()} WHERE account = ?`)
  const validity = db.prepare(
    'UPDATE shard SET last_uid_validity = max(last_uid_validity + 1, ?) RETURNING last_uid_validity AS next',
  )

  /**
   * Rises over the whole shard and its whole life, so that no pair of name and UIDVALIDITY comes twice, whatever is
   * deleted, renamed or purged, and whichever way the clock jumps (RFC 3501 section 2.3.1.1).
   */
  const nextUidValidity = (): number => (validity.get(Math.floor(Date.now() / 1000)) as { next: number }).next

  function open(id: string): AccountRow {
    const row = byId.get(id) as AccountRow | undefined
    if (row && row.closedAt !== null) throw new StoreError('NO_SUCH_ACCOUNT', 'the account is closed')
    if (row) return row
    const key = Number(insert.run(id).lastInsertRowid)
    for (const [name, specialUse] of firstMailboxes) {
      insertMailbox.run(key, name, nextUidValidity(), specialUse)
      subscriptions.add(key, name)
    }
    seal.run(key)
    return { key, id, bytes: 0, messages: 0, closedAt: null }
  }

  return {
    open,
    nextUidValidity,
    byKey: (key: number): AccountRow => byKey.get(key) as AccountRow,
    /** Checked in the transaction that adds, so that parallel deliveries cannot pass it together. */
    assertRoom(account: AccountRow, bytes: number, quota: number | null): void {
      if (quota !== null && account.bytes + bytes > quota) throw new StoreError('OVER_QUOTA', 'the mailbox is full')
    },
    use: (key: number, bytes: number, messages: number): void => void use.run(bytes, messages, key),
    close: (id: string): void => void setClosed.run(Date.now(), id, 1),
    reopen: (id: string): void => void setClosed.run(null, id, 0),
  }
}
export type Accounts = ReturnType<typeof createAccounts>
