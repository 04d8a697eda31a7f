/**
 * The running product, driven from outside only: `npm start`'s program on free ports and a data folder of its own, and
 * whatever a person could do to it with kill.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePorts } from './ports.js'
import { startPostgres, type TestPostgres } from './postgres.js'

export const repositoryRoot = resolve(import.meta.dirname, '../..')

export interface Ports {
  http: number
  postgres: number
  smtp: number
  submission: number
  submissions: number
  imap: number
  imaps: number
  pop3: number
  pop3s: number
}
export type ProcessName = 'node' | 'control-plane' | 'postgres'

export class Product {
  readonly admin = { email: 'founder@example.net', password: randomBytes(12).toString('base64url') }
  private runner: ChildProcess | null = null
  output = ''

  private constructor(
    readonly dataDir: string,
    readonly ports: Ports,
    private readonly extraArgs: string[],
    private readonly database: TestPostgres | null,
  ) {}

  /** On the embedded PostgreSQL, or on a fresh database of the server that DATABASE_URL names. */
  static async create(extraArgs: string[] = []): Promise<Product> {
    const database = process.env.DATABASE_URL ? await startPostgres() : null
    const dataDir = mkdtempSync(join(tmpdir(), 'mailfleet-product-'))
    // As root the embedded database runs as another user, who must be able to pass.
    chmodSync(dataDir, 0o711)
    const [http, postgres, smtp, submission, submissions, imap, imaps, pop3, pop3s] = (await freePorts(9)) as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ]
    const ports = { http, postgres, smtp, submission, submissions, imap, imaps, pop3, pop3s }
    return new Product(dataDir, ports, extraArgs, database)
  }

  /** Whose processes these are to kill: somebody else's database is not. */
  get processes(): ProcessName[] {
    return this.database ? ['node', 'control-plane'] : ['node', 'control-plane', 'postgres']
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.http}`
  }

  /** Resolves when the program says that it is ready; rejects with its output when it ends before. */
  async start(): Promise<void> {
    const args = Object.entries(this.ports).flatMap(([name, port]) => [`--${name}-port`, String(port)])
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      MAILFLEET_ADMIN_EMAIL: this.admin.email,
      MAILFLEET_ADMIN_PASSWORD: this.admin.password,
      DATABASE_URL: this.database?.url ?? '',
    }
    this.output = ''
    const runner = spawn(
      process.execPath,
      ['deploy/start.mjs', '--data-dir', this.dataDir, ...args, ...this.extraArgs],
      {
        cwd: repositoryRoot,
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    this.runner = runner
    await new Promise<void>((resolve, reject) => {
      const read = (text: string) => {
        this.output += text
        if (text.includes('Ctrl-C stops everything')) resolve()
      }
      runner.stdout!.setEncoding('utf8').on('data', read)
      runner.stderr!.setEncoding('utf8').on('data', read)
      runner.once('exit', (code) => reject(new Error(`npm start ended with ${code}:\n${this.output}\n${this.logs()}`)))
    })
  }

  /** As Ctrl-C does. Answers the exit code. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const runner = this.runner
    if (!runner || runner.exitCode !== null || runner.signalCode !== null) return runner?.exitCode ?? null
    const ended = new Promise<number | null>((resolve) => runner.once('exit', resolve))
    runner.kill(signal)
    return ended
  }

  pid(name: ProcessName): number | null {
    const file =
      name === 'postgres' ? join(this.dataDir, 'postgres/postmaster.pid') : join(this.dataDir, 'run', `${name}.pid`)
    if (!existsSync(file)) return null
    return Number(readFileSync(file, 'utf8').split('\n')[0])
  }

  /** SIGKILL; answers whether there was a process to kill. */
  kill(name: ProcessName): boolean {
    const pid = this.pid(name)
    if (!pid) return false
    try {
      process.kill(pid, 'SIGKILL')
      return true
    } catch {
      return false
    }
  }

  /** Waits until the control plane says that it is ready, database included. */
  async healthy(deadline = 60_000): Promise<void> {
    for (const end = Date.now() + deadline; Date.now() < end; await sleep(100)) {
      const response = await fetch(`${this.url}/health/ready`).catch(() => null)
      if (response?.ok) return
    }
    throw new Error(`not healthy in time:\n${this.logs()}`)
  }

  logs(): string {
    return ['control-plane', 'node']
      .map((name) => join(this.dataDir, 'logs', `${name}.log`))
      .filter((file) => existsSync(file))
      .map((file) => `${file}:\n${readFileSync(file, 'utf8').slice(-4_000)}`)
      .join('\n')
  }

  async dispose(): Promise<void> {
    await this.stop()
    await this.database?.stop()
    rmSync(this.dataDir, { recursive: true, force: true, maxRetries: 5 })
  }
}
