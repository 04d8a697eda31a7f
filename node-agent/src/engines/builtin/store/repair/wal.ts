/**
 * Reads a database's write-ahead log past damage. SQLite stops at the first frame whose checksum is wrong and forgets all that
 * follow, without a word: a flipped bit would undo answered commits. Each frame's checksum continues that of the frame before, as
 * it was stored, so frames behind a damaged one prove themselves again.
 *
 * A torn end is no damage: a transaction is only taken where all its frames are sound, or where a later one, which was
 * only written after it was on disk, is whole. (SQLite file format, section 4: The Write-Ahead Log.)
 */
import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs'
import { constants } from 'node:fs'

const headerSize = 32
const frameHeaderSize = 24

interface Frame {
  page: number
  /** Of the page's octets in the log. */
  at: number
  /** Pages of the database after the transaction that this frame ends; 0 in the midst of one. */
  commit: number
  sound: boolean
}

export interface WalState {
  octets: Buffer
  pageSize: number
  /** In order; unsound ones among them. */
  frames: Frame[]
  /** How many frames are to be applied, and how many SQLite would apply. */
  usable: number
  seenBySqlite: number
  /** A frame of this log is damaged or torn: changes may be lost that were answered. */
  broken: boolean
  /** Pages whose newest version is among the damaged frames. */
  lostPages: number[]
}

type Sum = readonly [number, number]

function checksum(octets: Buffer, from: number, to: number, start: Sum, littleEndian: boolean): Sum {
  let [first, second] = start
  for (let at = from; at < to; at += 8) {
    first = (first + (littleEndian ? octets.readInt32LE(at) : octets.readInt32BE(at)) + second) | 0
    second = (second + (littleEndian ? octets.readInt32LE(at + 4) : octets.readInt32BE(at + 4)) + first) | 0
  }
  return [first, second]
}

const storedSum = (octets: Buffer, at: number): Sum => [octets.readInt32BE(at), octets.readInt32BE(at + 4)]
const sameSum = (a: Sum, b: Sum): boolean => a[0] === b[0] && a[1] === b[1]

/** Null where there is no log with frames. `pageSize`: of the database, where the log's own header is damaged. */
export function readWal(path: string, pageSize: number): WalState | null {
  const octets = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  if (octets.length < headerSize + frameHeaderSize + 512) return null
  // The lowest bit of the magic number tells the byte order, and may be the flipped one: a header that proves itself decides.
  const orders = [octets.readUInt32BE(0) !== 0x377f0683, octets.readUInt32BE(0) === 0x377f0683]
  const proven = orders.find((order) => sameSum(checksum(octets, 0, 24, [0, 0], order), storedSum(octets, 24)))
  const magicIsSound = (octets.readUInt32BE(0) & ~1) >>> 0 === 0x377f0682
  const headerIsSound = proven !== undefined && magicIsSound && octets.readUInt32BE(8) === pageSize
  const littleEndian = proven ?? orders[0]!
  const salt = headerIsSound ? octets.subarray(16, 24) : octets.subarray(headerSize + 8, headerSize + 16)

  const frames: Frame[] = []
  let starts: Sum[] = [storedSum(octets, 24), checksum(octets, 0, 24, [0, 0], littleEndian)]
  let seenBySqlite = 0
  let unbroken = headerIsSound
  let before = true
  for (let at = headerSize; at + frameHeaderSize + pageSize <= octets.length; at += frameHeaderSize + pageSize) {
    const salted = octets.subarray(at + 8, at + 16).equals(salt)
    const data = at + frameHeaderSize
    if (!salted && !before) {
      frames.push({ page: 0, at: data, commit: 0, sound: false })
      starts = [storedSum(octets, at + 16)]
      continue
    }
    const stored = storedSum(octets, at + 16)
    const sums = starts.map((start) =>
      checksum(octets, data, data + pageSize, checksum(octets, at, at + 8, start, littleEndian), littleEndian),
    )
    const sound = octets.readUInt32BE(at) > 0 && sums.some((sum) => sameSum(sum, stored))
    frames.push({ page: octets.readUInt32BE(at), at: data, commit: octets.readUInt32BE(at + 4), sound })
    if (!salted || !sound) unbroken = false
    if (unbroken && octets.readUInt32BE(at + 4) > 0) seenBySqlite = frames.length
    starts = sound ? [stored] : [stored, ...sums]
    before = sound
  }
  // What follows the last frame of this log is left from an older one.
  const saltedAt = (frame: Frame) => octets.subarray(frame.at - 16, frame.at - 8).equals(salt)
  while (frames.length > 0 && !frames.at(-1)!.sound && !saltedAt(frames.at(-1)!)) frames.pop()

  const usable = usableFrames(frames)
  const newest = new Map<number, boolean>()
  for (const { page, sound } of frames.slice(0, usable)) newest.set(page, sound)
  return {
    octets,
    pageSize,
    frames,
    usable,
    seenBySqlite,
    broken: !headerIsSound || frames.some((frame) => !frame.sound) || usable !== seenBySqlite,
    lostPages: [...newest].filter(([, sound]) => !sound).map(([page]) => page),
  }
}

function usableFrames(frames: Frame[]): number {
  const ends = frames.flatMap(({ sound, commit }, index) => (sound && commit > 0 ? [index + 1] : []))
  while (ends.length > 0) {
    const end = ends.pop()!
    if (frames.slice(ends.at(-1) ?? 0, end).every(({ sound }) => sound)) return end
  }
  return 0
}

/** A copy of the database with all that can be had of its log in it. */
export function writeWithWal(database: string, wal: WalState, to: string): void {
  copyFileSync(database, to, constants.COPYFILE_FICLONE)
  const fd = openSync(to, 'r+')
  try {
    let pages = 0
    for (const { page, at, commit, sound } of wal.frames.slice(0, wal.usable)) {
      if (!sound) continue
      writeSync(fd, wal.octets, at, wal.pageSize, (page - 1) * wal.pageSize)
      if (commit > 0) pages = commit
    }
    if (pages > 0) ftruncateSync(fd, pages * wal.pageSize)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}
