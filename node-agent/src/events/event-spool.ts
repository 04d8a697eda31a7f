/**
 * The `events` stream: refusals and sign-ins, written in batches by a writer of their own so that a flood of them never
 * delays a delivery. What waits is bounded; beyond that, or when the disk fails, events are dropped and counted. A damaged database is
 * set aside: a new one begins a new stream.
 */
import type { MailEvent } from '@mailfleet/schema'
import type { Logger } from 'pino'
import { isDamaged, setAside } from '../durable/set-aside.js'
import { Writer } from '../durable/writer.js'
import type { EventSink } from './event-sink.js'

const maxWaiting = 10_000
const maxBatch = 500

export class EventSpool implements EventSink {
  private waiting: MailEvent[] = []
  private writing: Promise<void> | null = null
  private droppedEvents = 0

  private constructor(
    readonly writer: Writer,
    private readonly logger: Logger,
  ) {}

  static async open(path: string, logger: Logger): Promise<EventSpool> {
    const operations = new URL(`./event-operations.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
    const openWriter = () => Writer.open({ name: 'events', path, operations })
    const writer = await openWriter().catch((error: unknown) => {
      if (!isDamaged(error)) throw error
      logger.error({ err: error, aside: setAside(path, new Date()) }, 'the database of events is damaged: set aside')
      return openWriter()
    })
    return new EventSpool(writer, logger)
  }

  /** Since the start. */
  get dropped(): number {
    return this.droppedEvents
  }

  emit(event: MailEvent): void {
    if (this.waiting.length >= maxWaiting) {
      this.droppedEvents++
      return
    }
    this.waiting.push(event)
    this.writing ??= this.write()
  }

  /** Resolves when what was emitted before is on disk or dropped. */
  async flush(): Promise<void> {
    while (this.writing) await this.writing
  }

  async close(): Promise<void> {
    await this.flush()
    await this.writer.close()
  }

  private async write(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, maxBatch)
      try {
        await this.writer.call('$append', null, batch)
      } catch (error) {
        if (this.droppedEvents === 0) this.logger.error({ err: error }, 'mail events cannot be written and are dropped')
        this.droppedEvents += batch.length
      }
    }
    this.writing = null
  }
}
