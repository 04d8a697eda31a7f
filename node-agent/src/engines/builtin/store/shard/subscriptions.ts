/** Names that an account has subscribed to (RFC 3501 section 6.3.6). A name stays though its mailbox is deleted or renamed. */
import type Database from 'better-sqlite3'
import { StoreError } from '../mail-store.js'

const maxSubscriptions = 4_000

export function createSubscriptions(db: Database.Database) {
  const insert = db.prepare('INSERT OR IGNORE INTO subscriptions (account, name) VALUES (?, ?)')
  const remove = db.prepare('DELETE FROM subscriptions WHERE account = ? AND name = ?')
  const removeAll = db.prepare('DELETE FROM subscriptions WHERE account = ?')
  const count = db.prepare('SELECT count(*) FROM subscriptions WHERE account = ?').pluck()

  return {
    add(account: number, name: string): void {
      if ((count.get(account) as number) >= maxSubscriptions)
        throw new StoreError('LIMIT_REACHED', `an account has at most ${maxSubscriptions} subscriptions`)
      insert.run(account, name)
    },
    /** Whether there was one. */
    remove: (account: number, name: string): boolean => remove.run(account, name).changes > 0,
    removeAll: (account: number): void => void removeAll.run(account),
  }
}
export type Subscriptions = ReturnType<typeof createSubscriptions>
