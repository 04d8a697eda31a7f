/**
 * Append-only files that hold the contents too large for the database and too small for a file each. Octets are on disk
 * before the commit of the rows that point to them (`sync`), so that a crash leaves at worst octets nobody points to. A
 * segment whose write or fsync failed takes no more.
 */
import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type Database from 'better-sqlite3'
import { segmentName } from './layout.js'

const maxSegmentBytes = 64 * 1024 * 1024

export function createSegments(db: Database.Database, folder: string) {
  const insert = db.prepare('INSERT INTO segments DEFAULT VALUES')
  const newest = db.prepare('SELECT max(id) AS id FROM segments')
  const grow = db.prepare('UPDATE segments SET length = ?, live = live + ? WHERE id = ?')
  const shrink = db.prepare('UPDATE segments SET live = live - ? WHERE id = ?')
  const exists = db.prepare('SELECT 1 FROM segments WHERE id = ?')
  let current: { id: number; fd: number; end: number; synced: boolean } | null = null

  function abandon(): void {
    if (current) closeSync(current.fd)
    current = null
  }

  function reopenNewest(): void {
    const { id } = newest.get() as { id: number | null }
    if (id === null) return
    const fd = openSync(join(folder, segmentName(id)), 'a+')
    // Octets after the last committed ones may be there from a crash: they stay as a gap.
    current = { id, fd, end: fstatSync(fd).size, synced: true }
  }

  function sync(): void {
    if (!current || current.synced) return
    try {
      fsyncSync(current.fd)
      current.synced = true
    } catch (error) {
      abandon()
      throw error
    }
  }

  function start(): void {
    sync()
    abandon()
    const id = Number(insert.run().lastInsertRowid)
    // A crash may have left a file of this number, which its rolled back transaction created.
    const fd = openSync(join(folder, segmentName(id)), 'w+')
    current = { id, fd, end: 0, synced: false }
    syncFolder(join(folder, 'segments'))
  }

  return {
    reopenNewest,
    currentId: (): number | null => current?.id ?? null,

    append(octets: Uint8Array): { segment: number; position: number } {
      // The row is gone when the transaction that made the segment was rolled back.
      if (!current || current.end >= maxSegmentBytes || !exists.get(current.id)) start()
      const { id, fd, end: position } = current!
      try {
        let written = 0
        while (written < octets.length) written += writeSync(fd, octets, written, octets.length - written, null)
      } catch (error) {
        abandon()
        throw error
      }
      current!.end = position + octets.length
      current!.synced = false
      grow.run(current!.end, octets.length, id)
      return { segment: id, position }
    },

    release: (segment: number, size: number): void => void shrink.run(size, segment),

    /** Before the commit. */
    sync,

    close: abandon,
  }
}
export type Segments = ReturnType<typeof createSegments>

/** Makes the names in a folder survive a power cut. */
export function syncFolder(path: string): void {
  const fd = openSync(path, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
