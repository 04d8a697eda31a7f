/** The tree of an account's mailboxes (RFC 3501 sections 6.3.3 to 6.3.5). */
import type Database from 'better-sqlite3'
import { StoreError, type SpecialUse } from '../mail-store.js'
import { ancestorsOf, normalizeMailboxName } from '../mailbox-name.js'
import { firstMailboxes, type Accounts } from './accounts.js'
import { mailboxSeal } from './seals.js'
import type { Access } from './access.js'
import type { Subscriptions } from './subscriptions.js'

const maxMailboxes = 2_000

export interface MailboxRow {
  id: number
  account: number
  name: string
  uidValidity: number
  uidNext: number
  highestModSeq: number
  specialUse: SpecialUse | null
  noSelect: number
}

export function createMailboxes(
  db: Database.Database,
  accounts: Accounts,
  subscriptions: Subscriptions,
  access: Access,
) {
  const columns = `id, account, name, uid_validity AS uidValidity, uid_next AS uidNext,
    highest_mod_seq AS highestModSeq, special_use AS specialUse, no_select AS noSelect`
  const byName = db.prepare(`SELECT ${columns} FROM mailboxes WHERE account = ? AND name = ?`)
  const byId = db.prepare(
    `SELECT ${columns} FROM mailboxes AS m WHERE id = ? AND name IS NOT NULL AND no_select = 0
       AND (SELECT closed_at FROM accounts WHERE key = m.account) IS NULL`,
  )
  // `0` follows `/`: the range of all names below.
  const children = db.prepare(
    `SELECT ${columns} FROM mailboxes WHERE account = ? AND name > ? || '/' AND name < ? || '0'`,
  )
  const withUse = db.prepare('SELECT 1 FROM mailboxes WHERE account = ? AND special_use = ?')
  const count = db.prepare('SELECT count(*) AS count FROM mailboxes WHERE account = ?')
  const insert = db.prepare('INSERT INTO mailboxes (account, name, uid_validity, special_use) VALUES (?, ?, ?, ?)')
  const seal = db.prepare(`UPDATE mailboxes SET seal = ${mailboxSeal()} WHERE id = ?`)
  const select = db.prepare(
    'UPDATE mailboxes SET no_select = 0, uid_validity = ?, special_use = coalesce(?, special_use) WHERE id = ?',
  )
  const rename = db.prepare('UPDATE mailboxes SET name = ? WHERE id = ?')
  const remove = db.prepare('DELETE FROM mailboxes WHERE id = ?')
  const detach = db.prepare('UPDATE mailboxes SET account = NULL, name = NULL WHERE id = ? RETURNING bytes, messages')
  const insertPlaceholder = db.prepare(
    'INSERT INTO mailboxes (account, name, uid_validity, no_select) VALUES (?, ?, ?, 1)',
  )

  const find = (account: number, name: string) => byName.get(account, name) as MailboxRow | undefined
  const childrenOf = ({ account, name }: MailboxRow) => children.all(account, name, name) as MailboxRow[]

  function require(account: number, name: string): MailboxRow {
    const row = find(account, name)
    if (!row) throw new StoreError('NO_SUCH_MAILBOX', 'no such mailbox')
    return row
  }

  function assertRoomFor(account: number, added: number): void {
    if ((count.get(account) as { count: number }).count + added > maxMailboxes)
      throw new StoreError('LIMIT_REACHED', `an account holds at most ${maxMailboxes} mailboxes`)
  }

  function createMissing(account: number, names: string[], specialUse: SpecialUse | null): void {
    const missing = names.filter((name) => !find(account, name))
    assertRoomFor(account, missing.length)
    for (const name of missing) {
      const use = name === names.at(-1) ? specialUse : null
      const id = Number(insert.run(account, name, accounts.nextUidValidity(), use).lastInsertRowid)
      seal.run(id)
      const parent = find(account, name.slice(0, Math.max(name.lastIndexOf('/'), 0)))
      if (parent) access.inherit(parent.id, id)
    }
  }

  function create(account: number, name: string, specialUse: SpecialUse | null): MailboxRow {
    const existing = find(account, name)
    if (existing && !existing.noSelect) throw new StoreError('MAILBOX_EXISTS', 'the mailbox exists')
    if (specialUse && withUse.get(account, specialUse))
      throw new StoreError('MAILBOX_EXISTS', `another mailbox is ${specialUse}`)
    if (existing) {
      select.run(accounts.nextUidValidity(), specialUse, existing.id)
      seal.run(existing.id)
    } else createMissing(account, [...ancestorsOf(name), name], specialUse)
    return require(account, name)
  }

  /** A parent that was deleted and kept for its children goes with the last of them. */
  function removeEmptyParents(account: number, name: string): void {
    for (const parentName of ancestorsOf(name).reverse()) {
      const parent = find(account, parentName)
      if (!parent?.noSelect || childrenOf(parent).length > 0) return
      remove.run(parent.id)
    }
  }

  return {
    find,
    create,
    /** Null unless it is there, can be selected and its account is open. */
    byId: (id: number) => byId.get(id) as MailboxRow | undefined,

    requireById(id: number): MailboxRow {
      const row = byId.get(id) as MailboxRow | undefined
      if (!row) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is gone')
      return row
    },

    /** For deliveries. Subscribed, since no mail program has asked for it and yet it must be seen. */
    findOrCreate(account: number, name: string): MailboxRow {
      const row = find(account, name)
      if (row && !row.noSelect) return row
      const use = firstMailboxes.find(([first]) => first === name)?.[1] ?? null
      subscriptions.add(account, name)
      return create(account, name, use && !withUse.get(account, use) ? use : null)
    },

    /** The messages are taken from the account at once and removed bit by bit later. */
    delete(account: number, name: string): { id: number } {
      const row = require(account, name)
      if (name === 'INBOX') throw new StoreError('INVALID_MAILBOX_NAME', 'INBOX cannot be deleted')
      const parent = childrenOf(row).length > 0
      if (parent && row.noSelect) throw new StoreError('MAILBOX_HAS_CHILDREN', 'the mailbox holds other mailboxes')
      const { bytes, messages } = detach.get(row.id) as { bytes: number; messages: number }
      seal.run(row.id)
      access.forget(row.id)
      accounts.use(account, -bytes, -messages)
      if (parent) seal.run(insertPlaceholder.run(account, name, row.uidValidity).lastInsertRowid)
      else removeEmptyParents(account, name)
      return { id: row.id }
    },

    rename(account: number, from: string, to: string): void {
      const row = require(account, from)
      if (find(account, to)) throw new StoreError('MAILBOX_EXISTS', 'the new name exists')
      if (to.startsWith(`${from}/`)) throw new StoreError('INVALID_MAILBOX_NAME', 'the new name is below the old one')
      const below = childrenOf(row)
      const renamed = below.map((child) => normalizeMailboxName(to + child.name.slice(from.length)))
      createMissing(account, ancestorsOf(to), null)
      rename.run(to, row.id)
      below.forEach((child, index) => rename.run(renamed[index], child.id))
      removeEmptyParents(account, from)
    },

    subscribe(account: number, name: string, subscribed: boolean, elsewhere: boolean): void {
      if (!subscribed && subscriptions.remove(account, name)) return
      if (!elsewhere) require(account, name)
      if (subscribed) subscriptions.add(account, name)
    },
  }
}
export type Mailboxes = ReturnType<typeof createMailboxes>
