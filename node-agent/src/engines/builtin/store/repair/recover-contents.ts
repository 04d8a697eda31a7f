/** Contents whose messages are lost come back into a mailbox of their own, of the account that they were delivered to. */
import type Database from 'better-sqlite3'
import { mailboxSeal, messageSeal } from '../shard/seals.js'

const mailboxName = 'Recovered'

interface Content {
  id: number
  size: number
  tag: number
  missing: number
  origins: string | null
}

export function recoverContents(db: Database.Database): { recovered: number; unowned: number } {
  const contents = db
    .prepare(
      `SELECT id, size, tag, refs - coalesce(uses, 0) AS missing, origins FROM contents
       LEFT JOIN (SELECT content, count(*) AS uses FROM messages GROUP BY content) ON content = id
       WHERE refs > coalesce(uses, 0)`,
    )
    .all() as Content[]
  const accountOf = db.prepare('SELECT account FROM mailboxes WHERE id = ? AND account IS NOT NULL').pluck()
  const has = db.prepare('SELECT 1 FROM messages JOIN mailboxes ON id = mailbox WHERE account = ? AND content = ?')
  const uses = db.prepare('SELECT count(*) FROM messages WHERE content = ?').pluck()
  const insert = db.prepare(
    `INSERT INTO messages (mailbox, uid, system, mod_seq, content, tag, size, received_at, saved_at)
     SELECT id, uid_next, 0, highest_mod_seq + 1, @content, @tag, @size, @now, @now FROM mailboxes WHERE id = @mailbox`,
  )
  const grow = db.prepare(
    'UPDATE mailboxes SET uid_next = uid_next + 1, highest_mod_seq = highest_mod_seq + 1 WHERE id = ?',
  )
  const sealMailbox = db.prepare(`UPDATE mailboxes SET seal = ${mailboxSeal()} WHERE id = ?`)
  const sealMessages = db.prepare(`UPDATE messages SET seal = ${messageSeal()} WHERE mailbox = ?`)
  const mailboxes = new Map<number, number>()
  const now = Date.now()
  let recovered = 0
  let unowned = 0
  for (const { id: content, size, tag, missing, origins } of contents) {
    const accounts = new Set<number>()
    for (const place of origins?.split(',') ?? []) {
      const account = accountOf.get(Number(place.split(':')[0])) as number | undefined
      // One that has it somewhere had moved or copied it there.
      if (account !== undefined && !has.get(account, content)) accounts.add(account)
    }
    for (const account of [...accounts].slice(0, missing)) {
      let mailbox = mailboxes.get(account)
      if (mailbox === undefined) mailboxes.set(account, (mailbox = recoveredMailbox(db, account)))
      insert.run({ mailbox, content, tag, size, now })
      grow.run(mailbox)
      recovered++
    }
    if (uses.get(content) === 0) unowned++
  }
  for (const mailbox of mailboxes.values()) {
    sealMailbox.run(mailbox)
    sealMessages.run(mailbox)
  }
  return { recovered, unowned }
}

function recoveredMailbox(db: Database.Database, account: number): number {
  const existing = db
    .prepare('SELECT id FROM mailboxes WHERE account = ? AND name = ? AND no_select = 0')
    .pluck()
    .get(account, mailboxName) as number | undefined
  if (existing !== undefined) return existing
  const { next } = db
    .prepare('UPDATE shard SET last_uid_validity = last_uid_validity + 1 RETURNING last_uid_validity AS next')
    .get() as { next: number }
  db.prepare('INSERT OR IGNORE INTO subscriptions (account, name) VALUES (?, ?)').run(account, mailboxName)
  const { id } = db
    .prepare(
      `INSERT INTO mailboxes (account, name, uid_validity) VALUES (?, ?, ?)
       ON CONFLICT (account, name) DO UPDATE SET no_select = 0, uid_validity = excluded.uid_validity RETURNING id`,
    )
    .get(account, mailboxName, next) as { id: number }
  return id
}
