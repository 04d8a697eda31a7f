/**
 * The two directions of a connection under DEFLATE (RFC 1951, RFC 4978).
 *
 * What is sent is compressed write by write: each ends at a flush, from which a fresh compressor may go on, so that a connection
 * that says nothing holds no compressor. What comes in keeps the one window that the client's compressor refers to, and is
 * expanded no further than its reader has room: however small a bomb is, it waits.
 */
import { constants, createInflateRaw, deflateRawSync, type InflateRaw } from 'node:zlib'

/** Most of what is to be gained, at a third of the default's work. */
const level = 3
const inflatedChunk = 16 * 1024

export const deflate = (octets: Buffer): Buffer =>
  deflateRawSync(octets, { level, finishFlush: constants.Z_SYNC_FLUSH })

/** The end of the connection may come anywhere in the stream. */
export const createInflater = (): InflateRaw =>
  createInflateRaw({ chunkSize: inflatedChunk, finishFlush: constants.Z_SYNC_FLUSH })
