/** Runs the attempts that the schedule allows and makes durable what came of them. */
import { setMaxListeners } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { domainOf, namesDomain } from '@mailfleet/schema'
import { isDiskFull } from '../../../durable/disk-full.js'
import { isDamaged } from '../../../durable/set-aside.js'
import { WriterBusyError } from '../../../durable/writer.js'
import { attempt } from './attempt.js'
import type { Target } from './attempt.js'
import { DamagedBodyError } from './body-store.js'
import { SmtpClient } from './client/smtp-client.js'
import type { ClientTimeouts } from './client/timeouts.js'
import { routeFor } from './next-hops.js'
import type { Outcome } from './outcome.js'
import { deferred } from './outcome.js'
import { QueueCommands } from './queue-commands.js'
import type { EntryRow, NewEntry, StoredEntry } from './queue-operations.js'
import type { PendingRow } from './queue-reader.js'
import { Holds } from './queue-scope.js'
import type { RunnerDeps } from './runner-deps.js'
import { groupByEntry, Schedule } from './schedule.js'
import type { Picked, ScheduleLimits, Waiting } from './schedule.js'
import { settle } from './settlement.js'

export interface RunnerOptions {
  port: number
  timeouts: ClientTimeouts
  limits: ScheduleLimits
}

const wakeInterval = 250
const sweepInterval = 30_000
const clockInterval = 30_000
/** A message that was due to expire this long ago waits behind a host that is down: it ends without another try. */
const expiryGrace = 900_000
const longestHold = 300_000
const hurriedAtOnce = 1_000
const rewriteInterval = 1_000
const mayPass = (error: unknown): boolean => isDiskFull(error) || error instanceof WriterBusyError

export class QueueRunner {
  private readonly schedule: Schedule
  private readonly holds: Holds
  private readonly commands: QueueCommands
  private readonly client: SmtpClient
  private readonly abort = new AbortController()
  private readonly running = new Set<Promise<void>>()
  private timers: NodeJS.Timeout[] = []
  private unreadable = 0
  /** Outcomes that the disk does not take. */
  private unwritten = 0
  private started = false
  private stopping = false
  private unsubscribe: (() => void) | null = null

  constructor(
    private readonly deps: RunnerDeps,
    pending: PendingRow[],
    private readonly options: RunnerOptions,
  ) {
    // One listener an attempt.
    setMaxListeners(0, this.abort.signal)
    this.client = new SmtpClient(options.timeouts, deps.transport.secureContext)
    this.holds = new Holds(deps.directory, (transactionId) => deps.reader.entriesOf(transactionId))
    this.schedule = new Schedule(
      options.limits,
      (address) => this.targetOf(address),
      (item) => this.holds.isHeld(item),
    )
    this.commands = new QueueCommands(deps, {
      items: () => this.schedule.items(),
      end: (entryId, items, outcome, before) => this.end(entryId, items, outcome, before),
      hurry: (items) => this.hurry(items),
    })
    for (const row of pending) {
      this.schedule.add({
        recipientId: row.id,
        entryId: row.entry_id,
        address: row.address,
        domainId: row.domain_id,
        mailboxId: this.sameMailboxId(row.mailbox_id),
        attempt: row.attempt,
        dueAt: row.due_at,
        queuedAt: row.queued_at,
        lastReply: row.last_reply,
        state: 'waiting',
      })
    }
  }

  get messages(): number {
    return this.schedule.messages
  }

  get attempts(): number {
    return this.schedule.attempts
  }

  oldestMs(): number {
    const now = this.deps.clock.now()
    return Math.max(0, now - (this.schedule.oldest() ?? now))
  }

  problems(): string[] {
    return this.unreadable === 0 ? [] : [`${this.unreadable} queued messages cannot be read`]
  }

  async start(): Promise<void> {
    if (this.started) return
    this.started = true
    const { directory, writer, clock } = this.deps
    this.unsubscribe = directory.onChange((changes) => {
      const some = (...kinds: string[]): boolean =>
        changes.some(({ key }) => kinds.some((kind) => key.startsWith(kind)))
      if (some('NodeSettings/')) this.schedule.rearrange()
      if (some('QueueHold/')) this.holds.refresh()
      // Whose a domain is decides what holds its mail.
      if (some('QueueHold/', 'Domain/')) {
        this.schedule.release(clock.now())
        this.pump()
      }
      if (some('QueueCommand/')) this.commands.wake()
    })
    this.commands.wake()
    this.timers = [
      setInterval(() => {
        this.schedule.wake(clock.now())
        this.pump()
      }, wakeInterval),
      setInterval(() => this.sweep(), sweepInterval),
      setInterval(() => void writer.call('tick', clock.reading()).catch(() => undefined), clockInterval),
    ]
    for (const timer of this.timers) timer.unref()
    this.pump()
  }

  /** Durable already: from now on it is tried. */
  added(entry: NewEntry, { id, queuedAt, recipientIds }: StoredEntry): void {
    entry.recipients.forEach(({ address, domainId, mailboxId }, index) => {
      const recipientId = recipientIds[index]!
      const waiting = { attempt: 0, dueAt: queuedAt, queuedAt, lastReply: null, state: 'waiting' as const }
      this.schedule.add({ recipientId, entryId: id, address, domainId, mailboxId, ...waiting })
    })
    this.pump()
  }

  /** Attempts that are under way may end; what is cut off is due again at the next start. */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true
    this.unsubscribe?.()
    for (const timer of this.timers) clearInterval(timer)
    const ended = Promise.allSettled([...this.running, this.commands.stop()])
    const grace = new AbortController()
    void setTimeout(graceMs, undefined, { signal: grace.signal }).then(
      () => this.abort.abort(),
      () => undefined,
    )
    await ended
    grace.abort()
    this.client.close()
  }

  /** One string for all that a mailbox has sent, of the many that the database gives. */
  private sameMailboxId(id: string | null): string | null {
    return id === null ? null : (this.deps.directory.mailboxById(id)?.id ?? id)
  }

  private targetOf(address: string): { key: string; target: Target } {
    const domain = domainOf(address)
    const route = routeFor(domain, this.deps.directory.settings().outboundRoutes)
    return route
      ? { key: `route ${route.host} ${route.port} ${route.tls}`, target: { route } }
      : { key: `domain ${domain}`, target: { domain } }
  }

  private pump(): void {
    if (!this.started || this.stopping || this.unwritten > 0 || this.deps.writer.problem !== null) return
    for (;;) {
      const picked = this.schedule.next(this.deps.clock.now())
      if (picked === null) return
      const run = this.run(picked).finally(() => {
        this.running.delete(run)
        this.pump()
      })
      this.running.add(run)
    }
  }

  private async run(picked: Picked): Promise<void> {
    let unreachable = false
    try {
      unreachable = await this.tryOnce(picked)
    } catch (error) {
      // The database or our own fault: these recipients stay owed to, and others go on.
      this.deps.logger.error({ err: error, entryId: picked.items[0]!.entryId }, 'an attempt of the queue failed')
      const later = this.deps.clock.now() + 60_000
      for (const item of picked.items) {
        if (item.state === 'trying')
          this.schedule.retry(item, { attempt: Math.max(1, item.attempt), dueAt: later, lastReply: item.lastReply })
      }
    } finally {
      const { retryDelays } = this.deps.directory.settings()
      const delay = (failures: number): number => retryDelays[Math.min(failures, retryDelays.length - 1)]! * 500
      this.schedule.finished(picked, unreachable, this.deps.clock.now(), (failures) =>
        Math.min(delay(failures), longestHold),
      )
    }
  }

  private async tryOnce({ lane, items }: Picked): Promise<boolean> {
    const { bodies, directory, reader, resolver, transport } = this.deps
    const { entryId } = items[0]!
    const entry = this.entry(entryId)
    if (entry === undefined) return false
    let body
    try {
      body = await bodies.load(entry)
    } catch (error) {
      if (!(error instanceof DamagedBodyError)) throw error
      await this.setAside(entry, error)
      return false
    }
    const message = {
      reversePath: entry.reverse_path,
      recipients: items.map(({ address }) => address),
      size: entry.size,
      body,
      request: { ret: entry.ret, envelopeId: entry.envelope_id, tls: entry.tls },
      requests: new Map(
        reader.recipients(entryId).map(({ address, notify, orcpt }) => [address, { notify, originalRecipient: orcpt }]),
      ),
    }
    const { port } = this.options
    const requireTls = items.some(({ domainId, address }) => {
      const domain = directory.domainById(domainId)
      if (domain === undefined) return false
      const named = (): boolean => namesDomain(directory.policy('OUTBOUND_TLS_TO', domain).value, domainOf(address))
      return directory.policy('OUTBOUND_TLS', domain).value || named()
    })
    const { hostName } = directory.settings()
    const context = { resolver, hostName, port, requireTls, transport, client: this.client, signal: this.abort.signal }
    const { outcomes, unreachable } = await attempt(lane.target, message, context)
    if (this.abort.signal.aborted) {
      // What the other side answered in the last moment still counts; the rest was cut off by us and is no failure of theirs.
      const answered = items.filter(({ address }) => outcomes.get(address)!.kind !== 'deferred')
      await this.settle(entry, answered, outcomes)
      return false
    }
    await this.settle(entry, items, outcomes)
    return unreachable
  }

  private async settle(entry: EntryRow, items: Waiting[], outcomes: Map<string, Outcome>): Promise<void> {
    if (items.length === 0) return
    const settled = await settle(this.deps, entry, items, outcomes, (write) => this.untilWritten(write))
    for (const { item, retry } of settled.items) {
      if (retry === null) this.schedule.remove(item)
      else this.schedule.retry(item, retry)
    }
    if (settled.notification) this.added(settled.notification.entry, settled.notification.stored)
  }

  /**
   * What was sent and cannot be written down now is written down later, and nothing is sent meanwhile: after a restart it would be
   * sent again.
   */
  private async untilWritten<Result>(write: () => Promise<Result>): Promise<Result> {
    try {
      return await write()
    } catch (error) {
      if (!mayPass(error)) throw error
      this.deps.logger.error({ err: error }, 'what was sent cannot be written down now, the queue waits')
    }
    this.unwritten++
    try {
      for (;;) {
        await setTimeout(rewriteInterval, undefined, { signal: this.abort.signal, ref: false })
        try {
          return await write()
        } catch (error) {
          if (!mayPass(error)) throw error
        }
      }
    } finally {
      this.unwritten--
    }
  }

  /** Undefined where there is none, or none that can be read: nothing of it is tried again before the next start. */
  private entry(entryId: number): EntryRow | undefined {
    const { reader, logger } = this.deps
    let entry: EntryRow | undefined
    try {
      entry = reader.entry(entryId)
    } catch (error) {
      if (!isDamaged(error)) throw error
      logger.error({ err: error, entryId }, 'a queued message cannot be read')
      this.unreadable++
    }
    if (entry === undefined) for (const item of this.schedule.entry(entryId)) this.schedule.remove(item)
    return entry
  }

  private async setAside(entry: EntryRow, error: Error): Promise<void> {
    const { writer, logger } = this.deps
    logger.error(
      { err: error, entryId: entry.id, transactionId: entry.transaction_id },
      'a queued message is damaged and set aside',
    )
    await writer.call('setAside', { entryId: entry.id, reason: error.message })
    for (const item of this.schedule.entry(entry.id)) this.schedule.remove(item)
  }

  /** Ends messages whose time is over and whose turn does not come. */
  private sweep(): void {
    const { clock, directory } = this.deps
    const due = clock.now() - expiryGrace
    const limit = due - directory.settings().maxQueueAge * 1_000
    const expired = groupByEntry(
      [...this.schedule.waiting()].filter(
        (item) => item.queuedAt <= limit && item.dueAt <= due && item.attempt > 0 && !this.holds.isHeld(item),
      ),
    )
    for (const [entryId, items] of expired) {
      const entry = this.entry(entryId)
      if (entry === undefined) continue
      for (const item of items) item.state = 'trying'
      const outcomes = new Map(
        items.map(({ address, lastReply }) => [address, deferred('4.4.7', lastReply ?? 'No host answered')]),
      )
      const run = this.settle(entry, items, outcomes)
        .catch((error: unknown) => {
          this.deps.logger.error({ err: error, entryId }, 'an expired message cannot be ended now')
          for (const item of items) this.schedule.retry(item, item)
        })
        .finally(() => this.running.delete(run))
      this.running.add(run)
    }
  }

  private async end(entryId: number, items: Waiting[], outcome: Outcome, before: number | null): Promise<boolean> {
    const entry = this.entry(entryId)
    if (entry === undefined || (before !== null && (entry.accepted_at ?? 0) > before)) return true
    for (const item of items) item.state = 'trying'
    try {
      await this.settle(entry, items, new Map(items.map(({ address }) => [address, outcome])))
    } catch (error) {
      for (const item of items) if (item.state === 'trying') this.schedule.retry(item, item)
      throw error
    }
    return items.every(({ recipientId }) =>
      this.schedule.entry(entryId).every((left) => left.recipientId !== recipientId),
    )
  }

  private async hurry(items: Waiting[]): Promise<void> {
    const { clock, writer } = this.deps
    for (let at = 0; at < items.length; at += hurriedAtOnce) {
      const some = items.slice(at, at + hurriedAtOnce)
      const now = clock.now()
      await writer.call('hurry', { ids: some.map(({ recipientId }) => recipientId), dueAt: now })
      for (const item of some) if (item.state === 'waiting' || item.state === 'held') this.schedule.hurry(item, now)
    }
    this.pump()
  }
}
