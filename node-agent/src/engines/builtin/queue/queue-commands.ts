/**
 * Does what administrators ask of the queue, once each: a command that is done is written down, and forgotten when its resource goes.
 *
 * Each message is settled in a transaction of its own, with its events and what its sender is told; a crash in between does the rest
 * of the command at the next start, and nothing twice, since what is settled is in the queue no more. Who is being tried right now
 * ends that attempt first: what was sent cannot be called back.
 */
import { setTimeout } from 'node:timers/promises'
import type { Logger } from 'pino'
import type { QueueCommandResource } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { Writer } from '../../../durable/writer.js'
import type { QueueReader } from './queue-reader.js'
import { failed, removed } from './outcome.js'
import type { Outcome } from './outcome.js'
import { matcherOf } from './queue-scope.js'
import { groupByEntry } from './schedule.js'
import type { Waiting } from './schedule.js'

/** What commands do to the running queue. */
export interface CommandedQueue {
  items(): Iterable<Waiting>
  /** Settled as if an attempt had come to this, if it came into the queue by `before`. False: this cannot be done now. */
  end(entryId: number, items: Waiting[], outcome: Outcome, before: number | null): Promise<boolean>
  hurry(items: Waiting[]): Promise<void>
}

interface CommandDeps {
  directory: Directory
  logger: Logger
  writer: Writer
  reader: QueueReader
}

/** As much as the clocks of a node and a control plane may differ (docs/config-stream.md). */
const clockDifference = 5_000
const atOnce = 50
const busyDelay = 250
const retryDelay = 10_000

const outcomes = {
  BOUNCE: failed('5.7.0', 'An administrator has stopped this message'),
  DELETE: removed('Deleted by an administrator'),
}

export class QueueCommands {
  private readonly applied: Set<string>
  private readonly stopping = new AbortController()
  private running: Promise<void> | null = null
  private woken = false

  constructor(
    private readonly deps: CommandDeps,
    private readonly queue: CommandedQueue,
  ) {
    this.applied = new Set(deps.reader.appliedCommands())
  }

  /** New commands may be there. */
  wake(): void {
    this.woken = true
    this.running ??= this.run().finally(() => {
      this.running = null
      if (this.woken && !this.stopping.signal.aborted) this.wake()
    })
  }

  async stop(): Promise<void> {
    this.stopping.abort()
    await this.running
  }

  private async run(): Promise<void> {
    const { directory, logger } = this.deps
    const { signal } = this.stopping
    while (this.woken && !signal.aborted) {
      this.woken = false
      try {
        const known = [...directory.queueCommands()].sort((one, other) => one.issuedAt - other.issuedAt)
        await this.forgetAllBut(new Set(known.map(({ id }) => id)))
        for (const command of known) if (!this.applied.has(command.id)) await this.apply(command)
      } catch (error) {
        if (signal.aborted) return
        logger.error({ err: error }, 'a command to the queue cannot be done now, it is tried again')
        this.woken = true
        await this.pause(retryDelay)
      }
    }
  }

  private async apply(command: QueueCommandResource): Promise<void> {
    const { directory, reader, writer, logger } = this.deps
    const matches = matcherOf(command, directory, (transactionId) => reader.entriesOf(transactionId))
    const before = command.messages ? null : command.issuedAt + clockDifference
    const hurried = new Set<number>()
    for (;;) {
      const matched = [...this.queue.items()].filter((item) => !hurried.has(item.recipientId) && matches(item))
      const idle = matched.filter(({ state }) => state === 'waiting' || state === 'held')
      let done = true
      if (command.action === 'RETRY') {
        await this.queue.hurry(idle)
        for (const { recipientId } of idle) hurried.add(recipientId)
      } else done = await this.endAll(idle, outcomes[command.action], before)
      if (this.stopping.signal.aborted) return
      if (done && idle.length === matched.length) break
      await this.pause(done ? busyDelay : retryDelay)
    }
    await writer.call('commandApplied', command.id)
    this.applied.add(command.id)
    logger.info({ command: command.id, action: command.action }, 'a command to the queue is done')
  }

  private async endAll(items: Waiting[], outcome: Outcome, before: number | null): Promise<boolean> {
    const entries = [...groupByEntry(items)]
    let done = true
    for (let at = 0; at < entries.length && !this.stopping.signal.aborted; at += atOnce) {
      const ended = await Promise.all(
        entries.slice(at, at + atOnce).map(([entryId, some]) => {
          // Since it was looked at an attempt may have begun.
          const idle = some.filter(({ state }) => state === 'waiting' || state === 'held')
          return idle.length === 0 || this.queue.end(entryId, idle, outcome, before)
        }),
      )
      done &&= ended.every(Boolean)
    }
    return done
  }

  private async forgetAllBut(known: Set<string>): Promise<void> {
    const over = [...this.applied].filter((id) => !known.has(id))
    if (over.length === 0) return
    await this.deps.writer.call('forgetCommands', over)
    for (const id of over) this.applied.delete(id)
  }

  private pause(ms: number): Promise<void> {
    return setTimeout(ms, undefined, { signal: this.stopping.signal, ref: false }).catch(() => undefined)
  }
}
