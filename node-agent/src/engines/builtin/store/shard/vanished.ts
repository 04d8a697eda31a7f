/** UIDs that are gone, with the modification sequence of their going, as ranges; the oldest are forgotten. */
import type Database from 'better-sqlite3'

/** Ranges remembered for each mailbox; a session that was away for longer takes a new snapshot. */
export const maxVanishedRanges = 5_000

export function createVanished(db: Database.Database) {
  const insert = db.prepare('INSERT INTO vanished (mailbox, mod_seq, first, last) VALUES (?, ?, ?, ?)')
  const oldToo = db
    .prepare('SELECT mod_seq FROM vanished WHERE mailbox = ? ORDER BY mod_seq DESC, first DESC LIMIT 1 OFFSET ?')
    .pluck()
  const forget = db.prepare('DELETE FROM vanished WHERE mailbox = ? AND mod_seq <= ?')
  const raiseFloor = db.prepare('UPDATE mailboxes SET vanished_floor = max(vanished_floor, ?) WHERE id = ?')

  return {
    /** UIDs ascending. */
    add(mailbox: number, modSeq: number, uids: number[]): void {
      let first = uids[0]!
      uids.forEach((uid, index) => {
        if (uids[index + 1] === uid + 1) return
        insert.run(mailbox, modSeq, first, uid)
        first = uids[index + 1] ?? 0
      })
      // Not at each call: the look-up walks over all that is remembered.
      if (modSeq % 256 === 0 || uids.length > 256) this.trim(mailbox)
    },

    trim(mailbox: number): void {
      const modSeq = oldToo.get(mailbox, maxVanishedRanges) as number | undefined
      if (modSeq === undefined) return
      forget.run(mailbox, modSeq)
      raiseFloor.run(modSeq, mailbox)
    },
  }
}
export type Vanished = ReturnType<typeof createVanished>
