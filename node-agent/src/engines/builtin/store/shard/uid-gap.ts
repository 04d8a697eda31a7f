/**
 * For a shard that may have forgotten changes that clients have seen: UIDs and modification sequences that may have been given
 * are passed over, and what clients remember of changes is too old to be continued.
 */
import type Database from 'better-sqlite3'
import { mailboxSeal } from './seals.js'

/** More than one mailbox gets between a backup and the day it is needed. */
const uidGap = 100_000
const modSeqGap = 1_000_000_000
const uidNext = `min(uid_next + ${uidGap}, 4294967295)`

export function leaveUidGap(db: Database.Database): void {
  const sealed = (db.pragma('table_info(mailboxes)') as { name: string }[]).some(({ name }) => name === 'seal')
  db.exec(
    `UPDATE mailboxes SET uid_next = ${uidNext}, ${sealed ? `seal = ${mailboxSeal({ uidNext })},` : ''}
       highest_mod_seq = highest_mod_seq + ${modSeqGap}, vanished_floor = highest_mod_seq + ${modSeqGap}`,
  )
}
