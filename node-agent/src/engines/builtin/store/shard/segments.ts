/**
 * Append-only files that hold the contents too large for the database and too small for a file each. Octets are on disk
 * before the commit of the rows that point to them (`sync`), so that a crash leaves at worst octets nobody points to. A
 * segment whose write or fsync failed takes no more.
 */
import { closeSync, constants, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { syncFolderNow } from '../../../../durable/folder-sync.js'
import { segmentName } from './layout.js'

const maxSegmentBytes = 64 * 1024 * 1024

export function createSegments(db: Database.Database, folder: string) {
  const insert = db.prepare('INSERT INTO segments DEFAULT VALUES')
  const newest = db.prepare('SELECT max(id) AS id FROM segments')
  const grow = db.prepare('UPDATE segments SET length = ?, live = live + ? WHERE id = ?')
  const shrink = db.prepare('UPDATE segments SET live = live - ? WHERE id = ?')
  const exists = db.prepare('SELECT 1 FROM segments WHERE id = ?')
  let current: { id: number; fd: number; end: number } | null = null
  /** Descriptors with octets of this group that are not on disk yet. */
  const unsynced = new Set<number>()

  function retire(): void {
    if (current && !unsynced.has(current.fd)) closeSync(current.fd)
    current = null
  }

  function start(): void {
    retire()
    const id = Number(insert.run().lastInsertRowid)
    // A crash may have left a file of this number, which a transaction without commit made.
    const fd = openSync(join(folder, segmentName(id)), 'w+', 0o600)
    current = { id, fd, end: 0 }
    syncFolderNow(join(folder, 'segments'))
  }

  return {
    reopenNewest(): void {
      const { id } = newest.get() as { id: number | null }
      if (id === null) return
      const fd = openSync(join(folder, segmentName(id)), constants.O_RDWR | constants.O_CREAT, 0o600)
      // Octets after the last committed ones may be there from a crash: they stay as a gap.
      current = { id, fd, end: fstatSync(fd).size }
    },

    currentId: (): number | null => current?.id ?? null,

    append(octets: Uint8Array): { segment: number; position: number } {
      // The row is gone when the transaction that made the segment was rolled back.
      if (!current || current.end >= maxSegmentBytes || !exists.get(current.id)) start()
      const { id, fd, end: position } = current!
      unsynced.add(fd)
      try {
        let written = 0
        while (written < octets.length)
          written += writeSync(fd, octets, written, octets.length - written, position + written)
      } catch (error) {
        retire()
        throw error
      }
      current!.end = position + octets.length
      grow.run(current!.end, octets.length, id)
      return { segment: id, position }
    },

    release: (segment: number, size: number): void => void shrink.run(size, segment),

    /** Before the commit. */
    sync(): void {
      const descriptors = [...unsynced]
      unsynced.clear()
      try {
        for (const fd of descriptors) fsyncSync(fd)
      } catch (error) {
        // What the kernel holds of these files is unknown from now on: never write to them or sync them again.
        if (current && descriptors.includes(current.fd)) current = null
        throw error
      } finally {
        for (const fd of descriptors) if (fd !== current?.fd) closeSync(fd)
      }
    },

    close: retire,
  }
}
export type Segments = ReturnType<typeof createSegments>
