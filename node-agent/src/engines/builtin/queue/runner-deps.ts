/** What the parts of a running queue share. */
import type { Logger } from 'pino'
import type { Directory } from '../../../config/directory.js'
import type { Writer } from '../../../durable/writer.js'
import type { BodyStore } from './body-store.js'
import type { Bouncer } from './bouncer.js'
import type { HopResolver } from './next-hops.js'
import type { QueueClock } from './queue-clock.js'
import type { QueueReader } from './queue-reader.js'
import type { TransportSecurity } from './transport/transport-security.js'

export interface RunnerDeps {
  directory: Directory
  logger: Logger
  writer: Writer
  reader: QueueReader
  bodies: BodyStore
  clock: QueueClock
  bouncer: Bouncer
  resolver: HopResolver
  transport: TransportSecurity
  /** Milliseconds of queue time. */
  delayNoticeAfter: number
}
