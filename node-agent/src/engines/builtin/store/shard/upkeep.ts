/**
 * Work that waits for quiet: messages of deleted mailboxes, closed accounts that are due, and the space of segments
 * that are mostly dead. Each call does a little, so that deliveries go on in between.
 */
import { closeSync, openSync, readdirSync, readSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { blockMatches, blockSize } from '../content/digests.js'
import type { Access } from './access.js'
import type { Annotations } from './annotations.js'
import type { Contents } from './contents.js'
import { mailboxSeal } from './seals.js'
import { segmentName } from './layout.js'
import type { Segments } from './segments.js'
import type { Subscriptions } from './subscriptions.js'

const messagesPerStep = 500
const bytesPerStep = 4 * 1024 * 1024

export function createUpkeep(
  db: Database.Database,
  folder: string,
  contents: Contents,
  segments: Segments,
  { subscriptions, access, annotations }: { subscriptions: Subscriptions; access: Access; annotations: Annotations },
) {
  const deletedMailbox = db.prepare('SELECT id FROM mailboxes WHERE name IS NULL LIMIT 1').pluck()
  const someMessages = db.prepare('SELECT uid, content FROM messages WHERE mailbox = ? LIMIT ?')
  const removeMessage = db.prepare('DELETE FROM messages WHERE mailbox = ? AND uid = ?')
  const removeMailbox = db.prepare('DELETE FROM mailboxes WHERE id = ?')
  const removeVanished = db.prepare('DELETE FROM vanished WHERE mailbox = ?')
  const dueAccount = db.prepare('SELECT key, id FROM accounts WHERE closed_at <= ? LIMIT 1')
  const detachMailboxes = db.prepare(
    `UPDATE mailboxes SET account = NULL, name = NULL, seal = ${mailboxSeal({ account: 'NULL' })} WHERE account = ?`,
  )
  const removeKeywords = db.prepare('DELETE FROM keywords WHERE account = ?')
  const removeAccount = db.prepare('DELETE FROM accounts WHERE key = ?')
  const wastefulSegments = db
    .prepare('SELECT id FROM segments WHERE live * 2 <= length AND id IS NOT ? ORDER BY id')
    .pluck()
  const contentsOf = db.prepare(
    'SELECT id, size, position, digests FROM contents WHERE segment = ? AND id > ? ORDER BY id LIMIT 256',
  )
  const place = db.prepare('UPDATE contents SET segment = ?, position = ? WHERE id = ?')
  const removeSegment = db.prepare('DELETE FROM segments WHERE id = ?')
  const releaseFile = db.prepare('INSERT OR IGNORE INTO released_files (name) VALUES (?)')
  const forgetReleased = db.prepare('DELETE FROM released_files WHERE name = ?')
  /** Segments with a content that cannot be read are kept, for a repair by hand. */
  const damaged = new Set<number>()

  function emptyDeletedMailbox(): boolean {
    const mailbox = deletedMailbox.get() as number | undefined
    if (mailbox === undefined) return false
    const rows = someMessages.all(mailbox, messagesPerStep) as { uid: number; content: number }[]
    for (const { uid, content } of rows) {
      removeMessage.run(mailbox, uid)
      contents.releaseReferences(content, 1)
    }
    if (rows.length < messagesPerStep) {
      removeVanished.run(mailbox)
      access.forget(mailbox)
      annotations.forgetMailbox(mailbox)
      removeMailbox.run(mailbox)
    }
    return true
  }

  function purgeAccount(closedBefore: number): boolean {
    const due = dueAccount.get(closedBefore) as { key: number; id: string } | undefined
    if (due === undefined) return false
    const { key, id } = due
    detachMailboxes.run(key)
    removeKeywords.run(key)
    subscriptions.removeAll(key)
    access.forgetMember(id)
    annotations.forgetAccount(id)
    removeAccount.run(key)
    return true
  }

  /** Readers that have the old segment open keep their descriptor; others find the new place. */
  function compactSegment(): boolean {
    const wasteful = wastefulSegments.all(segments.currentId()) as number[]
    const id = wasteful.find((candidate) => !damaged.has(candidate))
    if (id === undefined) return false
    const rows = contentsOf.all(id, 0) as { id: number; size: number; position: number; digests: Buffer }[]
    if (rows.length === 0) {
      removeSegment.run(id)
      releaseFile.run(segmentName(id))
      return true
    }
    let moved = 0
    const fd = openSync(join(folder, segmentName(id)), 'r')
    try {
      for (const { id: content, size, position, digests } of rows) {
        const octets = Buffer.alloc(size)
        const intact =
          readSync(fd, octets, 0, size, position) === size &&
          digests.length > 0 &&
          Array.from({ length: Math.ceil(size / blockSize) }, (_, index) =>
            blockMatches(octets.subarray(index * blockSize, (index + 1) * blockSize), index, digests),
          ).every(Boolean)
        if (!intact) {
          damaged.add(id)
          return true
        }
        const to = segments.append(octets)
        place.run(to.segment, to.position, content)
        segments.release(id, size)
        moved += size
        if (moved >= bytesPerStep) break
      }
    } finally {
      closeSync(fd)
    }
    return true
  }

  return {
    /** True while there is more to do. */
    step: ({ closedBefore }: { closedBefore: number }): boolean =>
      emptyDeletedMailbox() || purgeAccount(closedBefore) || compactSegment(),

    /** Names that a committed transaction released: never those of one that may still be rolled back. */
    removeFiles(names: string[]): void {
      for (const name of names) {
        rmSync(join(folder, name), { force: true })
        forgetReleased.run(name)
      }
    },

    /** At the start, when nothing is under way: what a crash left between a file and the commit of its row. */
    removeOrphans(): void {
      this.removeFiles(db.prepare('SELECT name FROM released_files').pluck().all() as string[])
      const known = db.prepare('SELECT 1 FROM contents WHERE file = ?')
      const segment = db.prepare('SELECT 1 FROM segments WHERE id = ?')
      for (const name of readdirSync(join(folder, 'large')))
        if (!known.get(`large/${name}`)) rmSync(join(folder, 'large', name))
      for (const name of readdirSync(join(folder, 'segments')))
        if (!segment.get(Number.parseInt(name, 10))) rmSync(join(folder, 'segments', name))
    },
  }
}
