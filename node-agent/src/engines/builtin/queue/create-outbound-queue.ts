/**
 * The outbound queue: durable entries in SQLite, their order in memory, attempts over SMTP.
 *
 * Invariants: an entry leaves the database in the same transaction that writes RELAYED or BOUNCED of its last recipient; a bounce is
 * durable before what it tells of is forgotten, so that a crash repeats it rather than losing it; an entry that cannot be read is
 * set aside and stops no other; a database that is damaged is set aside, reported for as long as it lies there, and what can be
 * read of it goes on.
 */
import { mkdir } from 'node:fs/promises'
import type { Logger } from 'pino'
import type { MailEvent } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import { lockFolder } from '../../../durable/folder-lock.js'
import { isDamaged } from '../../../durable/set-aside.js'
import { WriterFailedError } from '../../../durable/writer.js'
import type { Writer } from '../../../durable/writer.js'
import type { ClientTimeouts } from './client/timeouts.js'
import { standardTimeouts } from './client/timeouts.js'
import type { DeliverLocal } from './bouncer.js'
import { Bouncer } from './bouncer.js'
import type { HopResolver } from './next-hops.js'
import type { OutboundMessage, OutboundQueue } from './outbound-queue.js'
import { QueueClock, systemTime } from './queue-clock.js'
import type { TimeSource } from './queue-clock.js'
import type { NewEntry, StoredEntry } from './queue-operations.js'
import { openDatabase, queuesSetAside, setQueueAside } from './queue-database.js'
import type { QueueDatabase } from './queue-database.js'
import { QueueRunner } from './queue-runner.js'
import { takeOver } from './take-over.js'
import { resolverOf } from './transport/choose-resolver.js'
import type { ResolverOptions } from './transport/choose-resolver.js'
import { TransportDatabase } from './transport/transport-database.js'
import { TransportSecurity } from './transport/transport-security.js'
import type { TransportOptions } from './transport/transport-security.js'

export interface OutboundQueueDeps {
  directory: Directory
  logger: Logger
  /** Stores a bounce for a sender of ours. */
  deliverLocal: DeliverLocal
  resolver?: HopResolver
  time?: TimeSource
}

export interface OutboundQueueOptions extends ResolverOptions {
  dataDir: string
  transport?: TransportOptions
  outboundPort?: number
  maxConcurrent?: number
  maxPerDestination?: number
  timeouts?: ClientTimeouts
  /** How long a message waits before its sender is told that it does; four hours by default. */
  delayNoticeAfterMs?: number
}

export type OpenedOutboundQueue = OutboundQueue & {
  writer: Writer
  /** What somebody must look at. */
  problems(): string[]
}

export async function createOutboundQueue(
  deps: OutboundQueueDeps,
  options: OutboundQueueOptions,
): Promise<OpenedOutboundQueue> {
  const { directory, logger, deliverLocal, time = systemTime } = deps
  await mkdir(options.dataDir, { recursive: true, mode: 0o700 })
  const lock = lockFolder(options.dataDir)
  let database: QueueDatabase | null = null
  let transport: TransportSecurity | null = null
  try {
    database = await openDatabase(options.dataDir).catch((error: unknown) => {
      if (!isDamaged(error)) throw error
      return replaceDamaged(options.dataDir, error, logger, time)
    })
    const { writer, reader, bodies, pending } = database
    const clock = new QueueClock(time, reader.clock())
    const resolver = deps.resolver ?? resolverOf(options)
    const transportDatabase = await TransportDatabase.open(options.dataDir, new Date(time.wall()))
    const wall = (): number => time.wall()
    transport = new TransportSecurity(
      { resolver, database: transportDatabase, directory, logger, wall },
      options.transport ?? {},
    )
    const bouncer = new Bouncer({ directory, logger, bodies, deliverLocal, wall })
    const runner = new QueueRunner(
      {
        directory,
        logger,
        writer,
        reader,
        bodies,
        clock,
        bouncer,
        resolver,
        transport,
        delayNoticeAfter: options.delayNoticeAfterMs ?? 4 * 3_600_000,
      },
      pending,
      {
        port: options.outboundPort ?? 25,
        timeouts: options.timeouts ?? standardTimeouts,
        limits: { maxConcurrent: options.maxConcurrent ?? 100, maxPerDestination: options.maxPerDestination ?? 20 },
      },
    )
    return queueOf(options.dataDir, database, clock, bouncer, runner, transport, lock)
  } catch (error) {
    await transport?.close()
    database?.reader.close()
    await database?.writer.close()
    lock.release()
    throw error
  }
}

/** Begins a new database with what can be read of the old one, which stays for whoever can read more. */
async function replaceDamaged(
  dataDir: string,
  error: unknown,
  logger: Logger,
  time: TimeSource,
): Promise<QueueDatabase> {
  const aside = setQueueAside(dataDir, new Date(time.wall()))
  const database = await openDatabase(dataDir)
  const taken = await takeOver(aside, dataDir, database, time.wall())
  logger.error({ err: error, aside, ...taken }, 'the outbound queue was damaged: set aside, what could be read goes on')
  return { ...database, pending: database.reader.pending() }
}

function queueOf(
  dataDir: string,
  { writer, reader, bodies }: QueueDatabase,
  clock: QueueClock,
  bouncer: Bouncer,
  runner: QueueRunner,
  transport: TransportSecurity,
  lock: { release(): void },
): OpenedOutboundQueue {
  const store = async (
    entry: Omit<NewEntry, 'body' | 'bodyFile' | 'digest'>,
    message: OutboundMessage,
  ): Promise<void> => {
    const kept = await bodies.keep(message.content)
    let stored: StoredEntry
    const complete: NewEntry = { ...entry, ...kept }
    try {
      const transfer = kept.body ? [kept.body.buffer as ArrayBuffer] : []
      const args = { entry: complete, clock: clock.reading() }
      stored = await writer.call<StoredEntry>('enqueue', args, message.events ?? [], transfer)
    } catch (error) {
      // A commit that failed under way may still be on disk, and its row would need the file.
      if (kept.bodyFile !== null && !(error instanceof WriterFailedError)) await bodies.remove(kept.bodyFile)
      throw error
    }
    runner.added(complete, stored)
  }
  const enqueue = (message: OutboundMessage): Promise<void> =>
    store(
      {
        transactionId: message.transactionId,
        reversePath: message.reversePath,
        messageId: message.messageId,
        subject: message.subject,
        size: message.content.size,
        ret: message.request?.ret ?? null,
        envelopeId: message.request?.envelopeId ?? null,
        tls: message.request?.tls ?? null,
        recipients: message.recipients.map(({ address, originalRecipient, domainId, mailboxId, request }) => ({
          address,
          originalRecipient: originalRecipient ?? null,
          domainId,
          mailboxId: mailboxId ?? null,
          notify: request?.notify ?? null,
          orcpt: request?.originalRecipient ?? null,
        })),
      },
      message,
    )
  let closed: Promise<void> | null = null
  const asides = queuesSetAside(dataDir)

  return {
    writer,
    enqueue,

    async report(message, recipients) {
      const failed = recipients.filter(({ action }) => action === 'failed')
      const events = failed.map((recipient): MailEvent => bouncer.event(message, recipient, null))
      const notification = await bouncer.notify(message, recipients)
      if (notification === null) return writer.call<void>('$append', null, events)
      events.push(...bouncer.queuedEvents(notification))
      const stored = await writer.call<StoredEntry>('enqueue', { entry: notification, clock: clock.reading() }, events)
      runner.added(notification, stored)
    },

    size: () => runner.messages,
    attempts: () => runner.attempts,
    oldestMs: () => runner.oldestMs(),
    problems: () => [
      ...runner.problems(),
      ...asides.map((name) => `a damaged queue was set aside as ${name}: some of its messages may not be sent`),
    ],
    start: () => {
      transport.start(enqueue)
      return runner.start()
    },
    close: (graceMs) =>
      (closed ??= (async () => {
        await runner.stop(graceMs)
        await transport.close()
        await writer.call('tick', clock.reading()).catch(() => undefined)
        reader.close()
        await writer.close()
        lock.release()
      })()),
  }
}
