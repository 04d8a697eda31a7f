/**
 * One node's config stream: a snapshot where the log cannot bring the node up to date, then deltas for as long as it listens.
 *
 * Nothing is queued in memory. A position in the log is all the state there is; each frame is read from the log and the
 * tables when it is pulled and the window has room. So a slow node costs what it costs to remember its position, and
 * a key that changes ten times meanwhile is sent once, as it is then.
 *
 * Invariant: once the node has all frames up to one of revision r, it has for every key a state at least as new as r.
 */
import { randomUUID } from 'node:crypto'
import type { DataSource } from 'typeorm'
import { readChangedKeys, readHead, type LogFollower } from '../../changes/index.js'
import { readEntries, readSnapshotPage, type SnapshotCursor, type SnapshotPage } from './entries.js'
import { openSealedKeys, type OpenSealed } from './sealed-keys.js'
import { groupBySize, maxFrameBytes, type ConfigFrame } from './frames.js'
import { snapshotOrder } from './projection.js'
import type { Unacknowledged } from './unacknowledged.js'
import { Wake } from '../../platform/wake.js'

export interface ConfigStreamSources {
  dataSource: DataSource
  follower: LogFollower
  /** Private keys are sealed in the tables. */
  open: OpenSealed
  /** Rows of the log or of a table read at once. */
  pageSize?: number
  maxFrameBytes?: number
  /** A node that nothing concerns is told the head this often. */
  bookmarkMs?: number
}

export interface ConfigStreamRequest {
  mailNodeId: string
  epoch: string | null
  sinceRevision: number | null
  /** For a suspended node: what it needs in order to stop, and nothing after that. */
  settingsOnly?: boolean
  /** Told where the stream begins: at the node's revision, or at 0 with a snapshot. */
  onBegin?: (revision: number) => Promise<void>
}

type Frames = AsyncGenerator<ConfigFrame, void, void>

export async function* configStream(
  sources: ConfigStreamSources,
  request: ConfigStreamRequest,
  sent: Unacknowledged,
  signal: AbortSignal,
): Frames {
  const wake = new Wake()
  const unwatch = sources.follower.watch(request.mailNodeId, wake.fire)
  try {
    const head = await readHead(sources.dataSource)
    const { epoch, sinceRevision: since } = request
    const resumable = epoch === head.epoch && since !== null && since >= head.compactedTo && since <= head.revision
    await request.onBegin?.(resumable ? since : 0)
    if (request.settingsOnly) {
      if (resumable) yield* settings(sources, request.mailNodeId, since, head.revision, sent)
      // Without a position to build on, a node takes nothing but a whole snapshot; its settings are in there.
      else yield* snapshot(sources, request.mailNodeId, head, sent, signal)
      while (!signal.aborted) await wake.wait(signal, 60_000)
      return
    }
    let position = head.revision
    if (resumable) position = since
    else yield* snapshot(sources, request.mailNodeId, head, sent, signal)

    let told = resumable ? -1 : position
    while (!signal.aborted) {
      // Before the look at the log: what comes while the node is busy is then one change, not two.
      await sent.room(signal)
      if (signal.aborted) return
      const now = await readHead(sources.dataSource)
      if (now.epoch !== head.epoch || now.revision < position) return yield { type: 'Resync', reason: 'EPOCH_CHANGED' }
      let whole = true
      for await (const frame of deltas(sources, request.mailNodeId, position, now.revision, sent, signal)) {
        if (frame === null) whole = false
        else {
          yield frame
          position = frame.revision
          told = position
        }
      }
      if (!whole) return yield { type: 'Resync', reason: 'LOG_COMPACTED' }
      if (signal.aborted) return
      position = now.revision
      // A node that has just come learns at once that it is up to date.
      if (told < 0) {
        yield { type: 'Bookmark', revision: position }
        told = position
      }
      const reason = await wake.wait(signal, sources.bookmarkMs ?? 10_000)
      if (reason === 'timeout' && told < position) {
        yield { type: 'Bookmark', revision: position }
        told = position
      }
    }
  } finally {
    unwatch()
  }
}

/** The node's settings as they are, as a delta that leaves its position alone: all that it skips comes when it is resumed. */
async function* settings(
  { dataSource }: ConfigStreamSources,
  mailNodeId: string,
  since: number,
  head: number,
  sent: Unacknowledged,
): Frames {
  const { entries } = await readSnapshotPage(dataSource, mailNodeId, 'NodeSettings', head, null, 1)
  const nonce = sent.add(since, new Map(entries.map((entry) => [entry.key, entry.version])))
  yield { type: 'Delta', nonce, revision: since, entries }
}

async function* snapshot(
  { dataSource, open, pageSize = 200, maxFrameBytes: maxBytes = maxFrameBytes }: ConfigStreamSources,
  mailNodeId: string,
  head: { epoch: string; revision: number },
  sent: Unacknowledged,
  signal: AbortSignal,
): Frames {
  const nonce = randomUUID()
  const { epoch, revision } = head
  await sent.room(signal)
  if (signal.aborted) return
  yield { type: 'SnapshotBegin', nonce, epoch, revision }
  for (const kind of snapshotOrder) {
    let after: SnapshotCursor | null = null
    do {
      const page: SnapshotPage = await readSnapshotPage(dataSource, mailNodeId, kind, revision, after, pageSize)
      for (const entries of groupBySize(await openSealedKeys(page.entries, open), maxBytes)) {
        if (signal.aborted) return
        yield { type: 'SnapshotChunk', nonce, entries }
      }
      after = page.next
    } while (after)
  }
  sent.add(revision, null, nonce)
  yield { type: 'SnapshotEnd', nonce, epoch, revision }
}

/** The frames that lead from `base` to `upTo`; a null when the log does not have them any more. */
async function* deltas(
  { dataSource, open, pageSize = 500, maxFrameBytes: maxBytes = maxFrameBytes }: ConfigStreamSources,
  mailNodeId: string,
  base: number,
  upTo: number,
  sent: Unacknowledged,
  signal: AbortSignal,
): AsyncGenerator<Extract<ConfigFrame, { type: 'Delta' }> | null, void, void> {
  let after = base
  while (after < upTo) {
    await sent.room(signal)
    if (signal.aborted) return
    const keys = await readChangedKeys(dataSource, { mailNodeId, base, after, upTo, limit: pageSize })
    if (keys === null) return yield null
    const last = keys.length < pageSize
    const entries = await openSealedKeys(await readEntries(dataSource, mailNodeId, keys), open)
    let sentEntries = 0
    for (const group of groupBySize(entries, maxBytes)) {
      await sent.room(signal)
      if (signal.aborted) return
      sentEntries += group.length
      const revision = last && sentEntries === keys.length ? upTo : keys[sentEntries - 1]!.revision
      const nonce = sent.add(revision, new Map(group.map((entry) => [entry.key, entry.version])))
      yield { type: 'Delta', nonce, revision, entries: group }
      after = revision
    }
    if (last) return
  }
}
