/** Annotations of mailboxes and of the server (RFC 5464), bounded for each mailbox and person, and in all for each person. */
import type Database from 'better-sqlite3'
import { StoreError, type Annotation } from '../mail-store.js'
import { bufferOf } from './contents.js'
import type { SetAnnotationsArgs } from './protocol.js'

const maxEntries = 100
const maxOctets = 1_048_576

/** Whose an entry is: its first level says it. */
const holderOf = (entry: string, accountId: string): string => (entry.startsWith('/private/') ? accountId : '')

export function createAnnotations(db: Database.Database) {
  const put = db.prepare('INSERT OR REPLACE INTO annotations (mailbox, account, entry, value) VALUES (?, ?, ?, ?)')
  const remove = db.prepare('DELETE FROM annotations WHERE mailbox = ? AND account = ? AND entry = ?')
  const entries = db.prepare('SELECT count(*) FROM annotations WHERE mailbox = ? AND account = ?').pluck()
  const octetsOf = (condition: string) =>
    db.prepare(`SELECT coalesce(sum(length(value)), 0) FROM annotations WHERE ${condition}`).pluck()
  const ownOctets = octetsOf('account = ?')
  const sharedOctets = octetsOf("mailbox = ? AND account = ''")
  const removeMailbox = db.prepare('DELETE FROM annotations WHERE mailbox = ?')
  const removeAccount = db.prepare('DELETE FROM annotations WHERE account = ?')

  return {
    set({ mailbox, accountId, changes }: SetAnnotationsArgs): void {
      for (const { entry, value } of changes) {
        const holder = holderOf(entry, accountId)
        if (value === null) remove.run(mailbox, holder, entry)
        else put.run(mailbox, holder, entry, bufferOf(value))
      }
      for (const holder of new Set(changes.map(({ entry }) => holderOf(entry, accountId)))) {
        if ((entries.get(mailbox, holder) as number) > maxEntries)
          throw new StoreError('LIMIT_REACHED', `a mailbox has at most ${maxEntries} annotations of one person`)
        const octets = (holder === '' ? sharedOctets.get(mailbox) : ownOctets.get(holder)) as number
        if (octets > maxOctets) throw new StoreError('LIMIT_REACHED', `annotations take at most ${maxOctets} octets`)
      }
    },
    forgetMailbox: (mailbox: number): void => void removeMailbox.run(mailbox),
    forgetAccount: (accountId: string): void => void removeAccount.run(accountId),
  }
}
export type Annotations = ReturnType<typeof createAnnotations>

export function createAnnotationReader(db: Database.Database) {
  const all = db.prepare(`SELECT entry, value FROM annotations WHERE mailbox = ? AND account IN ('', ?) ORDER BY entry`)
  return { annotations: (mailbox: number, accountId: string) => all.all(mailbox, accountId) as Annotation[] }
}
