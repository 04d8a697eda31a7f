/**
 * Runs the indexing thread beside the store that owns the shards, and tells it what changed. A message over which the thread dies or
 * does not come to an end is left out from then on, and the thread starts again: searches read such a message.
 */
import { Worker } from 'node:worker_threads'

export interface IndexerStart {
  folders: string[]
  minMessages: number
  /** Shard, mailbox, UID and since when of the message that is being read; the time is 0 when none is. */
  position: Float64Array
  /** Messages to be left out: `shard mailbox uid`. */
  refused: string[]
}

export interface IndexerOptions {
  folders: string[]
  /** Changes are collected for this long. */
  delayMs: number
  minMessages: number
}

export interface Indexer {
  /** Null: anything may have. */
  changed(mailboxIds: number[] | null): void
  close(): Promise<void>
}

const watchMs = 5_000
const maxMessageMs = 30_000
/** Also what finds files that were damaged and accounts that are gone. */
const sweepMs = 3_600_000
const maxRefused = 1_000

export function startIndexer({ folders, delayMs, minMessages }: IndexerOptions): Indexer {
  const fromSource = import.meta.url.endsWith('.ts')
  const entry = new URL(fromSource ? './indexer-thread-from-source.mjs' : './indexer-thread.js', import.meta.url)
  const position = new Float64Array(new SharedArrayBuffer(32))
  const refused: string[] = []
  const waiting = new Set<number>()
  let everything = true
  let worker: Worker | null = null
  let closed = false

  function start(): Worker {
    position.fill(0)
    const started = new Worker(entry, {
      workerData: { folders, minMessages, position, refused } satisfies IndexerStart,
      resourceLimits: { maxOldGenerationSizeMb: 256 },
    })
    started.on('error', () => undefined)
    started.on('exit', () => {
      const [shard, mailbox, uid, since] = position
      if (!closed && since !== 0 && refused.length < maxRefused) refused.push(`${shard} ${mailbox} ${uid}`)
      worker = null
      // What it still had to do nobody knows.
      everything = true
    })
    started.unref()
    return started
  }

  function tell(): void {
    if (!everything && waiting.size === 0) return
    worker ??= start()
    worker.postMessage(everything ? null : [...waiting])
    everything = false
    waiting.clear()
  }

  const timers = [
    setInterval(tell, delayMs),
    setInterval(() => (everything = true), sweepMs),
    setInterval(() => {
      if (position[3]! > 0 && Date.now() - position[3]! > maxMessageMs) void worker?.terminate()
    }, watchMs),
  ]
  for (const timer of timers) timer.unref()

  return {
    changed(mailboxIds) {
      if (mailboxIds === null) everything = true
      else for (const id of mailboxIds) waiting.add(id)
    },
    async close() {
      closed = true
      timers.forEach(clearInterval)
      await worker?.terminate()
    },
  }
}
