/** Contents with their summaries and reference counts. One content may stand behind many messages of a shard. */
import type Database from 'better-sqlite3'
import { digestsOf, tagOf } from '../content/digests.js'
import type { IncomingContent } from './protocol.js'
import type { Segments } from './segments.js'

/**
 * Up to this size the octets are kept in the database, where one fsync serves index and body; above it, writing them to
 * the log and again to the database costs more than a second fsync (tests/bench/store.bench.mjs).
 */
const maxInlineBytes = 16 * 1024

/** A list of thousands of recipients would cost more than the message. */
const maxOrigins = 100

export interface ContentRef {
  id: number
  tag: number
}

export function createContents(db: Database.Database, segments: Segments) {
  const insert = db.prepare(
    `INSERT INTO contents (refs, size, tag, segment, position, file, header_size, message_id, subject, sender, recipients,
       cc, sent_at, envelope, body, body_structure, digests)
     VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const setOrigins = db.prepare('UPDATE contents SET origins = ? WHERE id = ?')
  const insertBody = db.prepare('INSERT INTO bodies (content, octets) VALUES (?, ?)')
  const addRefs = db.prepare('UPDATE contents SET refs = refs + ? WHERE id = ?')
  const find = db.prepare('SELECT refs, size, segment, file FROM contents WHERE id = ?')
  const remove = db.prepare('DELETE FROM contents WHERE id = ?')
  const removeBody = db.prepare('DELETE FROM bodies WHERE content = ?')
  const releaseFile = db.prepare('INSERT OR IGNORE INTO released_files (name) VALUES (?)')

  return {
    /** With one reference. */
    add(content: IncomingContent): ContentRef {
      const { summary, size } = content
      const digests = 'file' in content ? bufferOf(content.digests) : digestsOf(content.octets)
      const tag = tagOf(digests)
      const inline = 'octets' in content && size <= maxInlineBytes
      const place = 'octets' in content && !inline ? segments.append(content.octets) : null
      const { lastInsertRowid } = insert.run(
        size,
        tag,
        place?.segment ?? null,
        place?.position ?? null,
        'file' in content ? content.file : null,
        summary.headerSize,
        summary.messageId,
        summary.subject,
        summary.from,
        summary.to,
        summary.cc,
        summary.sentAt,
        bufferOf(summary.envelope),
        bufferOf(summary.body),
        bufferOf(summary.bodyStructure),
        digests,
      )
      const id = Number(lastInsertRowid)
      if (inline) insertBody.run(id, bufferOf(content.octets))
      return { id, tag }
    },

    /** Where it was put first. Not kept up to date: the rows of the messages are the truth as long as they can be read. */
    setOrigins: (id: number, places: readonly string[]): void =>
      void setOrigins.run(places.slice(0, maxOrigins).join(','), id),

    addReferences: (id: number, count: number): void => void addRefs.run(count, id),

    releaseReferences(id: number, count: number): void {
      const row = find.get(id) as
        { refs: number; size: number; segment: number | null; file: string | null } | undefined
      if (!row) return
      if (row.refs > count) return void addRefs.run(-count, id)
      remove.run(id)
      if (row.segment !== null) segments.release(row.segment, row.size)
      else if (row.file !== null) releaseFile.run(row.file)
      else removeBody.run(id)
    },
  }
}
export type Contents = ReturnType<typeof createContents>

/** Structured cloning turns a Buffer into a plain Uint8Array. */
export const bufferOf = (octets: Uint8Array): Buffer => Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
