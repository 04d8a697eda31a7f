/**
 * Ships one outbox stream to the control plane: batches in order, one at a time, trimmed only as far as a receipt confirms. What a
 * crash or a lost answer leaves unclear is sent again; the control plane's high-water mark counts it once. An idle stream sleeps
 * until its writer commits events.
 */
import Database from 'better-sqlite3'
import type { Logger } from 'pino'
import { readOutbox } from '../durable/outbox-table.js'
import type { Writer } from '../durable/writer.js'
import { BackOff } from './back-off.js'
import { ingestEvents } from './protocol.js'
import type { MailEventBatch } from './protocol.js'
import { SessionClosedError } from './session.js'
import type { Session } from './session.js'
import type { StreamBase, StreamBases } from './stream-bases.js'

const maxEvents = 1_000
const maxOctets = 1024 * 1024

export class EventShipper {
  private readonly db: Database.Database
  /** Sequence in the outbox up to which receipts confirm. */
  private shipped = 0
  private current: StreamBase
  private problem: string | null = null
  private wake = () => {}
  private readonly onEvents = () => this.wake()

  constructor(
    private readonly writer: Writer,
    private readonly bases: StreamBases,
    private readonly logger: Logger,
  ) {
    this.current = bases.of(writer.stream)
    this.db = new Database(writer.path, { readonly: true })
    writer.on('events', this.onEvents)
  }

  /** As the control plane knows it. */
  get stream(): string {
    return this.current.name
  }

  /** Whose outbox this is. */
  get database(): string {
    return this.writer.stream.split('/')[0]!
  }

  /** Events that no receipt has confirmed yet; 0 where the database cannot be read, of which `stuck` tells. */
  waiting(): number {
    try {
      // Two look-ups: one query for both ends would walk over everything between them.
      const { first, last } = this.db
        .prepare(
          `SELECT (SELECT min(sequence) FROM event_outbox WHERE sequence > ?) AS first,
             (SELECT max(sequence) FROM event_outbox) AS last`,
        )
        .get(this.shipped) as { first: number | null; last: number | null }
      return first === null ? 0 : last! - first + 1
    } catch (error) {
      this.failed(error as Error)
      return 0
    }
  }

  /** Why the stream does not move although the control plane is there. */
  stuck(): string | null {
    return this.problem
  }

  /** Runs until the connection ends; always rejects in the end. */
  async run(session: Session): Promise<never> {
    const backOff = new BackOff(500, 30_000)
    for (;;) {
      session.closed.throwIfAborted()
      const woken = new Promise<void>((resolve) => (this.wake = resolve))
      try {
        const batch = this.nextBatch()
        if (batch === null) {
          this.problem = null
          await untilAborted(woken, session.closed)
          continue
        }
        const { ingestEvents: receipt } = await session.request<{ ingestEvents: { highWater: number } }>(ingestEvents, {
          batch,
        })
        this.confirm(batch, receipt.highWater)
        backOff.reset()
      } catch (error) {
        if (error instanceof SessionClosedError) throw error
        this.failed(error as Error)
        await backOff.wait(session.closed)
      }
    }
  }

  close(): void {
    this.writer.off('events', this.onEvents)
    this.db.close()
  }

  /** One stream in trouble, such as a damaged database, must not take the link from config and the other streams. */
  private failed(error: Error): void {
    if (this.problem === null) this.logger.warn({ err: error, stream: this.stream }, 'mail events were not shipped')
    this.problem = `mail events of ${this.stream} are not shipped: ${error.message}`
  }

  /** The last one that the outbox ever gave. */
  private lastSequence(): number {
    const row = this.db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'event_outbox'").get()
    return (row as { seq: number } | undefined)?.seq ?? 0
  }

  private nextBatch(): MailEventBatch | null {
    const rows = readOutbox(this.db, this.shipped, maxEvents)
    if (rows.length === 0) return null
    let octets = 2
    let count = 0
    for (const { body } of rows) {
      octets += Buffer.byteLength(body) + 1
      if (octets > maxOctets && count > 0) break
      count++
    }
    const events = `[${rows
      .slice(0, count)
      .map((row) => row.body)
      .join(',')}]`
    return { stream: this.stream, firstSequence: rows[0]!.sequence - this.current.base, events }
  }

  private confirm({ stream, firstSequence }: MailEventBatch, highWater: number): void {
    const { base } = this.current
    if (highWater < firstSequence - 1 || base + highWater > this.lastSequence()) {
      this.current = this.bases.beginAgain(this.writer.stream, base + firstSequence - 1)
      this.logger.error(
        { stream, stored: highWater, sent: firstSequence, goesOnAs: this.stream },
        'this node and the control plane do not agree on what was shipped, as after a restore of one of them',
      )
      return
    }
    if (highWater < firstSequence) throw new Error('the control plane took none of a batch')
    this.problem = null
    this.shipped = base + highWater
    // Not awaited: rows that a crash leaves behind are sent again and skipped by the mark.
    this.writer.call('$trim', this.shipped).catch((error: Error) => {
      this.logger.warn({ err: error, stream: this.stream }, 'shipped mail events could not be removed')
    })
  }
}

function untilAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done)
      resolve()
    }
    signal.addEventListener('abort', done)
    void promise.then(done)
    if (signal.aborted) done()
  })
}
