/**
 * Keeps the session workers running and spreads connections over them.
 *
 * A worker that dies, however it does, costs its own connections and nothing else: what it held is freed at once and another takes
 * its place, after a while where it keeps dying. Config is in force in every worker before `apply` resolves.
 */
import type { Socket } from 'node:net'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import type { RunningTlsProvider } from '../tls/index.js'
import { servicesFor, type SharedServices } from './main-services.js'
import type { ConfigChange, HandOver } from './messages.js'
import { WorkerProcess } from './worker-process.js'

export interface PoolServices extends SharedServices {
  directory: InMemoryDirectory
  tls: RunningTlsProvider
  logger: Logger
}

export interface PoolOptions {
  workers: number
  dataFolder: string
  hostName: string
  logLevel: string
}

/** A worker that lived this long died of something new. */
const soundAfterMs = 60_000
const firstDelayMs = 100
const longestDelayMs = 30_000

export class WorkerPool {
  private readonly running = new Set<WorkerProcess>()
  private readonly restarts = new Set<NodeJS.Timeout>()
  private ending: Promise<void> | null = null

  constructor(
    private readonly services: PoolServices,
    private readonly options: PoolOptions,
  ) {
    services.store.replicas.announceTo((mailboxIds) => this.tellAll('changed', mailboxIds))
    services.tls.onNew((material) => this.tellAll('tls', material))
  }

  /** Rejects when a worker cannot be started. */
  async start(): Promise<void> {
    await Promise.all(Array.from({ length: this.options.workers }, (_, slot) => this.startWorker(slot, 0)))
  }

  /** Process ids, for whoever wants to see or to end one. */
  pids(): number[] {
    return [...this.running].flatMap(({ pid }) => pid ?? [])
  }

  /** To the worker with the fewest connections; `gone` is called when the connection has ended, or never began. */
  handOver(socket: Socket, about: Omit<HandOver, 'id'>, gone: () => void): void {
    let least: WorkerProcess | null = null
    for (const worker of this.running)
      if (worker.ready && (least === null || worker.connections < least.connections)) least = worker
    if (least) return least.serve(socket, about, gone)
    // All of them have died just now: the client tries again.
    socket.destroy()
    gone()
  }

  async apply(changes: ConfigChange[]): Promise<void> {
    await Promise.all([...this.running].map((worker) => worker.listening && worker.apply(changes)))
  }

  /** Sessions say goodbye once their running command is answered, at the latest after `graceMs`. */
  endSessions(graceMs: number): Promise<void> {
    this.ending ??= Promise.all([...this.running].map((worker) => worker.endSessions(graceMs))).then(() => undefined)
    return this.ending
  }

  async close(graceMs: number): Promise<void> {
    await this.endSessions(graceMs)
    for (const timer of this.restarts) clearTimeout(timer)
    await Promise.all([...this.running].map((worker) => worker.end()))
  }

  private tellAll(name: string, args: unknown, except: WorkerProcess | null = null): void {
    for (const worker of this.running) if (worker.listening && worker !== except) worker.channel.tell(name, args)
  }

  private async startWorker(slot: number, failures: number): Promise<void> {
    const { dataFolder, hostName, logLevel } = this.options
    const { directory, tls, logger } = this.services
    const spoolFolder = join(dataFolder, 'spool', `sessions-${slot}`)
    const services = servicesFor(
      this.services,
      () => worker.channel,
      (name, args) => this.tellAll(name, args, worker),
    )
    const startedAt = performance.now()
    const worker: WorkerProcess = new WorkerProcess(
      { dataFolder, hostName, logLevel, spoolFolder, tls: tls.material() },
      services.handlers,
      (how) => {
        this.running.delete(worker)
        services.release()
        if (this.ending) return
        const sound = performance.now() - startedAt > soundAfterMs
        logger.error({ how, pid: worker.pid }, 'a session worker died; its connections are lost, another one starts')
        if (worker.ready) this.restart(slot, sound ? 0 : failures + 1)
      },
    )
    this.running.add(worker)
    await worker.start(directory)
    // A certificate that came while it started.
    worker.channel.tell('tls', tls.material())
  }

  private restart(slot: number, failures: number): void {
    const delay = failures === 0 ? 0 : Math.min(longestDelayMs, firstDelayMs * 2 ** Math.min(failures - 1, 20))
    const timer = setTimeout(() => {
      this.restarts.delete(timer)
      this.startWorker(slot, failures).catch((error: unknown) => {
        if (this.ending) return
        this.services.logger.error({ err: error }, 'a session worker cannot be started')
        this.restart(slot, failures + 1)
      })
    }, delay)
    this.restarts.add(timer)
  }
}
