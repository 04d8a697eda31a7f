/** Ingestion of events in one replica: partitions made ahead, batches taken in, live views woken. */
import type { Registry } from 'prom-client'
import { Announcer } from '../changes/index.js'
import type { EventBatchInput, NodeSession } from '../nodes/index.js'
import { BackgroundWork } from '../platform/background-work.js'
import type { Database } from '../platform/database.js'
import { invalidInput } from '../platform/errors.js'
import type { Logger } from '../platform/logger.js'
import { closeNextPartition } from './closed-partitions.js'
import { eventChannel } from './channels.js'
import { formatRange } from './event-range.js'
import { eventMetrics } from './event.metrics.js'
import { ingest, maxBatchBytes, maxBatchEvents, TooManyStreams } from './ingest.js'
import { retainMailEvents } from './mail-event-retention.js'
import { EventPartitions } from './partitions.js'

const maxStreamLength = 128
const upkeepEveryMs = 3_600_000
const keepAsideDays = 30

export interface Events {
  ingestEvents(session: NodeSession, batch: EventBatchInput): Promise<{ highWater: number }>
  stop(): Promise<void>
}

export interface EventsOptions {
  database: Database
  logger: Logger
  registry: Registry
}

export async function startEvents({ database, logger, registry }: EventsOptions): Promise<Events> {
  const metrics = eventMetrics(registry)
  const { dataSource } = database
  const onError = (error: unknown): void => logger.error({ error }, 'mail events: background work failed')
  const partitions = new EventPartitions(dataSource)
  await partitions.makeAhead()
  const upkeep = new BackgroundWork({
    everyMs: upkeepEveryMs,
    onError,
    async step() {
      await partitions.makeAhead()
      const sql = 'DELETE FROM mail_event_set_aside WHERE received_at < now() - make_interval(days => $1)'
      await dataSource.query(sql, [keepAsideDays])
      const more = await retainMailEvents(dataSource)
      return (await closeNextPartition(dataSource)) || more
    },
  })
  const announcer = new Announcer(dataSource, { channel: eventChannel, onError })
  return {
    async ingestEvents({ mailNodeId, ability }, { stream, firstSequence, events: text }) {
      const events = readBatch(stream, firstSequence, text)
      const batch = { mailNodeId, stream, firstSequence, events }
      const took = metrics.batches.startTimer()
      const result = await ingest(dataSource, partitions, ability, batch).catch((error: unknown) => {
        if (error instanceof TooManyStreams) throw invalidInput(['stream'], 'This node has too many streams.')
        throw error
      })
      took()
      const { setAside, range, highWater, stored } = result
      metrics.stored.inc(stored)
      metrics.setAside.inc(setAside.length)
      if (range) metrics.delay.observe(Math.max(0, Date.now() - range.minAt) / 1_000)
      if (setAside.length > 0)
        logger.warn({ mailNodeId, stream, count: setAside.length, first: setAside[0] }, 'mail events set aside')
      if (range) announcer.announce(formatRange(range))
      return { highWater }
    },
    async stop() {
      await upkeep.stop()
      await announcer.stop()
    },
  }
}

function readBatch(stream: string, firstSequence: number, text: string): unknown[] {
  if (stream.length < 1 || stream.length > maxStreamLength || /[\u0000-\u001f\ud800-\udfff]/.test(stream))
    throw invalidInput(['stream'], `A stream's name has 1 to ${maxStreamLength} characters.`)
  if (firstSequence < 1) throw invalidInput(['firstSequence'], 'Sequences begin at 1.')
  if (Buffer.byteLength(text) > maxBatchBytes)
    throw invalidInput(['events'], `A batch has at most ${maxBatchBytes} bytes.`)
  let events: unknown
  try {
    events = JSON.parse(text)
  } catch {
    throw invalidInput(['events'], 'The batch is not JSON.')
  }
  if (!Array.isArray(events) || events.length > maxBatchEvents)
    throw invalidInput(['events'], `A batch is a list of at most ${maxBatchEvents} events.`)
  return events
}
