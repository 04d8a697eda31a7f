/**
 * Group commit for one SQLite database: a worker thread owns its only writing connection and commits what came in
 * meanwhile as one transaction, so that one fsync serves many callers.
 *
 * Guarantees: a call's promise resolves only after its transaction is on disk (WAL, synchronous=FULL); an operation that
 * throws is rolled back to its savepoint and rejects alone; a commit that fails rejects every call of its group, and
 * unless the disk was merely full the writer then refuses all further ones, since nobody knows what the disk holds (a
 * failed fsync is not retried). Mail events given with a call are written to the outbox in the same transaction.
 */
import { Worker } from 'node:worker_threads'
import { EventEmitter } from 'node:events'
import type { MailEvent } from '@mailfleet/schema'
import type { Tally } from '../events/event-tally.js'

export interface WriterOptions {
  /** Name of the outbox stream, such as `queue` or `store-0`. */
  name: string
  path: string
  /** Module that exports `open: OpenDatabase` (./operations.ts); loaded inside the worker. */
  operations: URL
  /** Passed to `open`. Structured-cloneable. */
  config?: unknown
  /** Calls that may wait; more reject with `WriterBusyError`, so that load turns into 4xx answers and not into memory. */
  maxPending?: number
  /** The same for the octets that waiting calls transferred. */
  maxPendingBytes?: number
}

export class WriterBusyError extends Error {
  override name = 'WriterBusyError'
}
export class WriterFailedError extends Error {
  override name = 'WriterFailedError'
}

interface Waiting {
  bytes: number
  resolve(value: unknown): void
  reject(error: Error): void
}

export interface CallResult {
  id: number
  value?: unknown
  error?: { message: string; code?: string }
}

/** One transaction that is on disk. */
export interface Commit {
  /** What the disk took for it. */
  seconds: number
  /** How many calls it was for. */
  calls: number
  /** Of the events in it. */
  tallies: Tally[]
}

export type WriterReply =
  | { type: 'ready'; stream: string }
  | { type: 'results'; results: CallResult[]; events: boolean; committed: Commit | null }
  | { type: 'failed'; message: string; code?: string }

/** Emits `committed` after each commit, `events` after one that added to the outbox, and `failed` once. */
export class Writer extends EventEmitter<{ committed: [Commit]; events: []; failed: [Error] }> {
  private readonly waiting = new Map<number, Waiting>()
  private waitingBytes = 0
  private nextId = 1
  private failure: Error | null = null
  private closing: Promise<void> | null = null
  private constructor(
    private readonly worker: Worker,
    /** `name/epoch`: the epoch is made with the database, so that a new disk starts a new stream. */
    readonly stream: string,
    readonly path: string,
    private readonly maxPending: number,
    private readonly maxPendingBytes: number,
  ) {
    super()
    worker.on('message', (reply: WriterReply) => this.receive(reply))
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => this.fail(new WriterFailedError('the writer has ended')))
  }

  /** Why the writer takes nothing more, until the process is started anew; null while it works. */
  get problem(): string | null {
    return this.failure && !this.closing
      ? `the database ${this.stream.split('/')[0]} failed: ${this.failure.message}`
      : null
  }

  /** What waits to be committed. */
  get queue(): { calls: number; bytes: number } {
    return { calls: this.waiting.size, bytes: this.waitingBytes }
  }

  static async open(options: WriterOptions): Promise<Writer> {
    const fromSource = import.meta.url.endsWith('.ts')
    // Tests run from the sources; the product runs what tsc wrote.
    const entry = fromSource ? './writer-worker-from-source.mjs' : './writer-worker.js'
    const worker = new Worker(new URL(entry, import.meta.url), {
      workerData: {
        name: options.name,
        path: options.path,
        operations: options.operations.href,
        config: options.config,
      },
    })
    const stream = await new Promise<string>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('exit', () => reject(new WriterFailedError('the writer ended while it started')))
      worker.once('message', (reply: WriterReply) => {
        if (reply.type === 'ready') return resolve(reply.stream)
        const { message, code } = reply as Extract<WriterReply, { type: 'failed' }>
        reject(Object.assign(new WriterFailedError(message), { code }))
      })
    })
    for (const event of ['error', 'exit'] as const) worker.removeAllListeners(event)
    return new Writer(
      worker,
      stream,
      options.path,
      options.maxPending ?? 10_000,
      options.maxPendingBytes ?? 128 * 1024 * 1024,
    )
  }

  /**
   * Runs one operation of the module durably. Transfers the given buffers instead of copying them. Rejects with an
   * `Error` whose `code` is what the operation's error had.
   */
  call<Result>(
    operation: string,
    args: unknown,
    events: MailEvent[] = [],
    transfer: ArrayBuffer[] = [],
  ): Promise<Result> {
    if (this.failure) return Promise.reject(this.failure)
    if (this.closing) return Promise.reject(new WriterFailedError('the writer is closed'))
    const bytes = transfer.reduce((sum, { byteLength }) => sum + byteLength, 0)
    if (
      this.waiting.size >= this.maxPending ||
      (this.waitingBytes > 0 && this.waitingBytes + bytes > this.maxPendingBytes)
    )
      return Promise.reject(new WriterBusyError('too many writes are waiting'))
    return this.post(operation, args, events, transfer, bytes) as Promise<Result>
  }

  /** Waits for what was called before, checkpoints and closes. */
  close(): Promise<void> {
    this.closing ??= (async () => {
      if (!this.failure) await this.post('$close', null, [], [], 0).catch(() => undefined)
      await this.worker.terminate()
    })()
    return this.closing
  }

  private post(
    operation: string,
    args: unknown,
    events: MailEvent[],
    transfer: ArrayBuffer[],
    bytes: number,
  ): Promise<unknown> {
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      // Throws when the arguments cannot be cloned: before anything is counted as waiting.
      this.worker.postMessage({ id, operation, args, events }, transfer)
      this.waiting.set(id, { bytes, resolve, reject })
      this.waitingBytes += bytes
    })
  }

  private receive(reply: WriterReply): void {
    if (reply.type === 'failed') return this.fail(new WriterFailedError(reply.message))
    if (reply.type !== 'results') return
    for (const { id, value, error } of reply.results) {
      const waiting = this.waiting.get(id)
      if (!waiting) continue
      this.waiting.delete(id)
      this.waitingBytes -= waiting.bytes
      if (error) waiting.reject(Object.assign(new Error(error.message), { code: error.code }))
      else waiting.resolve(value)
    }
    if (reply.committed) this.emit('committed', reply.committed)
    if (reply.events) this.emit('events')
  }

  private fail(error: Error): void {
    if (this.failure) return
    this.failure = error
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
    this.waitingBytes = 0
    if (!this.closing) this.emit('failed', error)
  }
}
