/** What must be true before anything is started, so that a failure leaves nothing half-started. */
import { accessSync, constants, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { tryLock } from './pid-lock.mjs'
import { camelCase, portOptions } from './options.mjs'
import { UserError } from './user-error.mjs'

const oldestNode = [20, 12]

export function checkNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number)
  if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) return
  throw new UserError(
    `Node.js ${version} is too old: install Node.js ${oldestNode.join('.')} or newer from https://nodejs.org.`,
  )
}

/** Makes the data folder when missing. Root leaves it passable, since the database runs as another user inside. */
export function prepareDataDir(path) {
  try {
    makeFolder(path)
    if (!statSync(path).isDirectory()) throw Object.assign(new Error(), { code: 'ENOTDIR' })
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
    const probe = join(path, `.probe-${process.pid}`)
    writeFileSync(probe, '')
    rmSync(probe)
  } catch (error) {
    throw new UserError(`The data folder ${path} cannot be written (${error.code}): choose another with --data-dir.`)
  }
}

/** One level at a time: Node's own `recursive` spins for ever where a parent refuses with ENOENT, as in /proc. */
function makeFolder(path) {
  if (existsSync(path)) return
  makeFolder(dirname(path))
  mkdirSync(path, { mode: process.getuid?.() === 0 ? 0o711 : 0o700 })
}

/** One runner per data folder. Returns the release function. */
export function lockDataDir(path) {
  const { release, holder } = tryLock(join(path, 'runner.pid'), 'start.mjs')
  if (release) return release
  throw new UserError(`Mailfleet already runs on ${path} (process ${holder}): stop it, or choose another --data-dir.`)
}

/** Every port of the product must be free; `except` names options that are looked at elsewhere. */
export async function checkPorts(options, except = []) {
  for (const name of portOptions) {
    const port = options[camelCase(name)]
    if (port === 'off' || except.includes(name)) continue
    const host = name === 'postgres-port' ? '127.0.0.1' : options.bind
    const code = await tryPort(host, port)
    if (code === 'EADDRINUSE')
      throw new UserError(`Port ${port} is taken: stop what uses it, or choose another with --${name}.`)
    if (code === 'EACCES')
      throw new UserError(
        `Port ${port} needs more rights (below 1024): choose another with --${name}, or give Node.js cap_net_bind_service.`,
      )
    if (code)
      throw new UserError(`Cannot listen on ${host} port ${port} (${code}): choose others with --bind and --${name}.`)
  }
}

const tryPort = (host, port) =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', (error) => resolve(error.code))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(null)))
  })
