/** One session worker, seen from the main process: its start, its replica of the directory, its connections and its end. */
import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { Channel, type Handlers, type Peer } from './channel.js'
import type { ConfigChange, HandOver, WorkerStart } from './messages.js'

const fromSource = import.meta.url.endsWith('.ts')
const entry = new URL(fromSource ? './session-worker-from-source.mjs' : './session-worker.js', import.meta.url)

/** Resources in one frame, so that a large directory needs no large buffer. */
const slice = 1_000
/** Beyond the grace that sessions have. */
const patienceMs = 2_000

export class WorkerProcess {
  readonly channel: Channel
  /** Hears what it is told. Before that, nothing may be sent but the start. */
  listening = false
  /** Holds all of the config, and takes connections. */
  ready = false
  private readonly child: ChildProcess
  private readonly open = new Map<number, () => void>()
  /** On their way: our copies of them, without which a client would wait for a worker that died before it had its own. */
  private readonly sending = new Set<Socket>()
  private readonly exited: Promise<void>
  private nextConnection = 1
  private onReady: () => void = () => undefined

  constructor(
    private readonly startWith: WorkerStart,
    handlers: Handlers,
    /** Called once, after all its connections are known to be gone. */
    onExit: (how: string) => void,
  ) {
    // Our settings, of which one is a secret, are not the worker's: it is told all that it needs.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MAILFLEET_')))
    this.child = fork(entry, { serialization: 'advanced', env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.channel = new Channel(this.child as unknown as Peer, {
      ...handlers,
      ready: () => this.onReady(),
      gone: (id: number) => this.gone(id),
    })
    // A send to a process that is just ending; 'exit' follows.
    this.child.on('error', () => undefined)
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (code, signal) => {
        this.channel.close()
        for (const socket of this.sending) socket.destroy()
        for (const id of [...this.open.keys()]) this.gone(id)
        onExit(signal ?? `exit code ${code}`)
        this.ready = this.listening = false
        resolve()
      })
    })
  }

  get pid(): number | undefined {
    return this.child.pid
  }

  get connections(): number {
    return this.open.size
  }

  /** Resolves once the worker has the whole config and takes connections. */
  async start(directory: InMemoryDirectory): Promise<void> {
    const ready = new Promise<void>((resolve) => (this.onReady = resolve))
    this.child.send(this.startWith as never)
    const died = this.exited.then(() => {
      throw new Error('the session worker ended while it started')
    })
    await Promise.race([ready, died])
    died.catch(() => undefined)
    this.listening = true
    const keys = directory.keys()
    for (let at = 0; at < keys.length; at += slice) {
      // As they are now: what changes later is sent later, in the order of the channel.
      const changes = keys.slice(at, at + slice).flatMap((key): ConfigChange[] => {
        const resource = directory.resource(key)
        return resource === null ? [] : [{ key, version: 0, resource }]
      })
      await this.channel.call('apply', forSessions(changes))
    }
    this.ready = true
  }

  serve(socket: Socket, about: Omit<HandOver, 'id'>, gone: () => void): void {
    const id = this.nextConnection++
    this.open.set(id, gone)
    this.sending.add(socket)
    this.channel.tell('serve', { id, ...about } satisfies HandOver, socket, () => {
      this.sending.delete(socket)
      socket.destroy()
    })
  }

  /** A worker that dies meanwhile has nothing to apply to. */
  async apply(changes: ConfigChange[]): Promise<void> {
    await this.channel.call('apply', forSessions(changes)).catch(() => undefined)
  }

  async endSessions(graceMs: number): Promise<void> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs + patienceMs)
    await this.channel.call('close', graceMs).catch(() => undefined)
    clearTimeout(timer)
  }

  async end(): Promise<void> {
    if (this.child.connected) this.child.disconnect()
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patienceMs)
    await this.exited
    clearTimeout(timer)
  }

  private gone(id: number): void {
    this.open.get(id)?.()
    this.open.delete(id)
  }
}

/** Sessions sign nothing: the keys stay in the process that does. */
const forSessions = (changes: readonly ConfigChange[]): ConfigChange[] =>
  changes.map((change) =>
    change.resource?.kind === 'Domain' ? { ...change, resource: { ...change.resource, dkimKeys: [] } } : change,
  )
