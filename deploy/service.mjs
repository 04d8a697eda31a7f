/**
 * One supervised child process: started, awaited until it says that it is ready, restarted when it dies, stopped in order.
 * Its output goes to its log file; its process id stands in `run/<name>.pid` of the data folder.
 */
import { spawn } from 'node:child_process'
import { createWriteStream, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { repositoryRoot } from './places.mjs'
import { UserError } from './user-error.mjs'

const longestPause = 10_000
const stopDeadline = 20_000
const largestLog = 32 * 1024 * 1024

export class Service {
  #child = null
  #stopping = false
  #failures = 0
  #tail = []

  /** @param {{ name: string, title: string, script: string, env: Record<string, string>, dataDir: string }} options */
  constructor({ name, title, script, env, dataDir }) {
    Object.assign(this, { name, title, script, env })
    this.logFile = join(dataDir, 'logs', `${name}.log`)
    this.pidFile = join(dataDir, 'run', `${name}.pid`)
  }

  /** Resolves with the ready line (JSON) of the first start; rejects when that start fails. Later deaths are restarts. */
  async start() {
    for (const file of [this.logFile, this.pidFile]) mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    if ((statSync(this.logFile, { throwIfNoEntry: false })?.size ?? 0) > largestLog)
      renameSync(this.logFile, `${this.logFile}.1`)
    return this.#spawn()
  }

  async stop() {
    this.#stopping = true
    const child = this.#child
    if (!child) return
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const killer = setTimeout(() => child.kill('SIGKILL'), stopDeadline)
    await ended
    clearTimeout(killer)
  }

  #spawn() {
    const preload = new URL('./with-parent.mjs', import.meta.url).href
    // Its own process group: Ctrl-C in the terminal is for the runner, which stops its children in order.
    const child = spawn(
      process.execPath,
      ['--enable-source-maps', '--import', preload, join(repositoryRoot, this.script)],
      {
        env: { ...process.env, ...this.env, NODE_ENV: 'production' },
        cwd: repositoryRoot,
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      },
    )
    this.#child = child
    writeFileSync(this.pidFile, String(child.pid))
    const log = createWriteStream(this.logFile, { flags: 'a', mode: 0o600 })
    return new Promise((resolve, reject) => {
      const onLine = (line) => {
        log.write(`${line}\n`)
        this.#tail = [...this.#tail.slice(-9), line]
        const ready = line.startsWith('{') && line.includes('"ready"') ? parse(line) : null
        if (ready?.msg !== 'ready') return
        this.#failures = 0
        resolve(ready)
      }
      createInterface({ input: child.stdout }).on('line', onLine)
      createInterface({ input: child.stderr }).on('line', onLine)
      child.once('exit', (code, signal) => {
        this.#child = null
        log.end()
        rmSync(this.pidFile, { force: true })
        reject(
          new UserError(
            `${this.title} did not start (${signal ?? `exit code ${code}`}); its log is ${this.logFile}:\n${this.#explain()}`,
          ),
        )
        if (!this.#stopping) void this.#restart(code, signal)
      })
    })
  }

  async #restart(code, signal) {
    const pause = Math.min(longestPause, 100 * 2 ** this.#failures++)
    console.log(`  ! ${this.title} ended (${signal ?? `exit code ${code}`}); starting it again in ${pause / 1000} s`)
    await sleep(pause)
    if (!this.#stopping) await this.#spawn().catch(() => undefined)
  }

  /** The messages of the last log lines, without the JSON around them. */
  #explain() {
    return this.#tail
      .map((line) => (line.startsWith('{') ? (parse(line)?.err?.message ?? parse(line)?.msg ?? line) : line))
      .join('\n')
  }
}

const parse = (line) => {
  try {
    return JSON.parse(line)
  } catch {
    return null
  }
}

/**
 * Runs a command-line program of ours to its end and returns the JSON that it printed.
 * @param {{ env: Record<string, string>, failure: string }} options `failure`: what the person is told, before the reason
 */
export async function runJson(script, args, { env, failure }) {
  const child = spawn(process.execPath, [join(repositoryRoot, script), ...args], {
    env: { ...process.env, ...env },
    cwd: repositoryRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  const result = output.trim().split('\n').map(parse).findLast(Boolean)
  if (code === 0 && result) return result
  throw new UserError(`${failure}: ${(errors || output).trim().slice(-2_000)}`)
}
