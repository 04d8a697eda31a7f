/** Who else may use a mailbox (RFC 4314): the lists that users make; what the config says of members is not in them. */
import type Database from 'better-sqlite3'
import { StoreError, type Grant, type MailboxInfo } from '../mail-store.js'
import type { SetAccessArgs } from './protocol.js'

const maxEntries = 500

export function createAccess(db: Database.Database) {
  const get = db.prepare('SELECT rights FROM access WHERE mailbox = ? AND member = ?').pluck()
  const count = db.prepare('SELECT count(*) FROM access WHERE mailbox = ?').pluck()
  const put = db.prepare('INSERT OR REPLACE INTO access (mailbox, member, rights) VALUES (?, ?, ?)')
  const remove = db.prepare('DELETE FROM access WHERE mailbox = ? AND member = ?')
  const removeAll = db.prepare('DELETE FROM access WHERE mailbox = ?')
  const removeMember = db.prepare('DELETE FROM access WHERE member = ?')
  const inherit = db.prepare(
    'INSERT OR IGNORE INTO access (mailbox, member, rights) SELECT ?, member, rights FROM access WHERE mailbox = ?',
  )

  return {
    set({ mailbox, member, mode, rights }: SetAccessArgs): void {
      const before = get.get(mailbox, member) as string | undefined
      const kept = [...(mode === 'replace' ? '' : (before ?? ''))].filter((right) => !rights.includes(right))
      const after = mode === 'remove' ? kept.join('') : kept.join('') + rights
      if (after === '') return void remove.run(mailbox, member)
      if (before === undefined && (count.get(mailbox) as number) >= maxEntries)
        throw new StoreError('LIMIT_REACHED', `a mailbox is shared with at most ${maxEntries}`)
      put.run(mailbox, member, after)
    },
    /** A new mailbox is open to whom the one above it is. */
    inherit: (from: number, to: number): void => void inherit.run(to, from),
    forget: (mailbox: number): void => void removeAll.run(mailbox),
    forgetMember: (member: string): void => void removeMember.run(member),
  }
}
export type Access = ReturnType<typeof createAccess>

export function createAccessReader(db: Database.Database, mailboxColumns: string) {
  const entries = db.prepare('SELECT member, rights FROM access WHERE mailbox = ? ORDER BY member')
  const rights = db.prepare('SELECT rights FROM access WHERE mailbox = ? AND member = ?').pluck()
  const granted = db.prepare(
    `SELECT ${mailboxColumns}, accounts.id AS accountId, rights
     FROM access JOIN mailboxes ON mailboxes.id = access.mailbox JOIN accounts ON accounts.key = mailboxes.account
     WHERE member = ? AND name IS NOT NULL AND closed_at IS NULL ORDER BY accounts.id, name`,
  )
  type GrantedRow = Omit<MailboxInfo, 'subscribed' | 'noSelect'> & { rights: string; noSelect: number }

  return {
    access: (mailbox: number) => entries.all(mailbox) as { member: string; rights: string }[],
    accessOf: (mailbox: number, member: string) => (rights.get(mailbox, member) as string | undefined) ?? '',
    grantedTo: (member: string): Grant[] =>
      (granted.all(member) as GrantedRow[]).map(({ rights, noSelect, ...row }) => ({
        info: { ...row, subscribed: false, noSelect: noSelect !== 0 },
        rights,
      })),
  }
}
