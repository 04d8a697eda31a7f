/**
 * Group commit for one SQLite database: a worker thread owns its only writing connection and commits what came in
 * meanwhile as one transaction, so that one fsync serves many callers.
 *
 * Guarantees: a call's promise resolves only after its transaction is on disk (WAL, synchronous=FULL); an operation that
 * throws is rolled back to its savepoint and rejects alone; a commit that fails rejects every call of its group, and the
 * writer then refuses all further ones, since nobody knows what the disk holds (a failed fsync is not retried).
 * Mail events given with a call are written to the outbox in the same transaction.
 */
import { Worker } from 'node:worker_threads'
import { EventEmitter } from 'node:events'
import type { MailEvent } from '@mailfleet/schema'

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
}

export class WriterBusyError extends Error {
  override name = 'WriterBusyError'
}
export class WriterFailedError extends Error {
  override name = 'WriterFailedError'
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

export type WriterReply =
  | { type: 'ready'; stream: string }
  | {
      type: 'results'
      results: { id: number; value?: unknown; error?: { message: string; code?: string } }[]
      events: boolean
    }
  | { type: 'failed'; message: string }

/** Emits `events` after a commit that added to the outbox, and `failed` once. */
export class Writer extends EventEmitter<{ events: []; failed: [Error] }> {
  private readonly waiting = new Map<number, Waiting>()
  private nextId = 1
  private failure: Error | null = null
  private constructor(
    private readonly worker: Worker,
    /** `name/epoch`: the epoch is made with the database, so that a new disk starts a new stream. */
    readonly stream: string,
    readonly path: string,
    private readonly maxPending: number,
  ) {
    super()
    worker.on('message', (reply: WriterReply) => this.receive(reply))
    worker.on('error', (error) => this.fail(error instanceof Error ? error : new Error(String(error))))
    worker.on('exit', () => this.fail(new WriterFailedError('the writer has ended')))
  }

  static async open(options: WriterOptions): Promise<Writer> {
    const fromSource = import.meta.url.endsWith('.ts')
    const worker = new Worker(new URL(`./writer-worker.${fromSource ? 'ts' : 'js'}`, import.meta.url), {
      workerData: {
        name: options.name,
        path: options.path,
        operations: options.operations.href,
        config: options.config,
      },
      // Tests run from the sources; the product runs what tsc wrote.
      execArgv: fromSource ? ['--import', 'tsx'] : [],
    })
    const stream = await new Promise<string>((resolve, reject) => {
      worker.once('error', reject)
      worker.once('message', (reply: WriterReply) =>
        reply.type === 'ready'
          ? resolve(reply.stream)
          : reject(new WriterFailedError('message' in reply ? reply.message : reply.type)),
      )
    })
    worker.removeAllListeners('error')
    return new Writer(worker, stream, options.path, options.maxPending ?? 10_000)
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
    if (this.waiting.size >= this.maxPending) return Promise.reject(new WriterBusyError('too many writes are waiting'))
    const id = this.nextId++
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve: resolve as (value: unknown) => void, reject })
      this.worker.postMessage({ id, operation, args, events }, transfer)
    })
  }

  /** Waits for what was called before, checkpoints and closes. */
  async close(): Promise<void> {
    if (!this.failure) await this.call('$close', null).catch(() => undefined)
    await this.worker.terminate()
  }

  private receive(reply: WriterReply): void {
    if (reply.type === 'failed') return this.fail(new WriterFailedError(reply.message))
    if (reply.type !== 'results') return
    for (const { id, value, error } of reply.results) {
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }))
      else waiting?.resolve(value)
    }
    if (reply.events) this.emit('events')
  }

  private fail(error: Error): void {
    if (this.failure) return
    this.failure = error
    for (const waiting of this.waiting.values()) waiting.reject(error)
    this.waiting.clear()
    this.emit('failed', error)
  }
}
