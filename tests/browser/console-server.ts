/** The built control plane with the built console, on a fresh database and a port of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { onServer, startPostgres } from '../support/postgres.js'

const root = resolve(import.meta.dirname, '../..')
const controlPlane = (program: string) => join(root, 'control-plane/dist', program)

export interface ConsoleServer {
  url: string
  administrator: { email: string; name: string; password: string }
  /** What only time, or whoever runs the host, would do. */
  query(statement: string): Promise<void>
  stop(): Promise<void>
}

export async function startConsole(): Promise<ConsoleServer> {
  const database = await startPostgres()
  const administrator = {
    email: 'linh@mailfleet.example',
    name: 'Linh Nguyễn',
    password: randomBytes(12).toString('hex'),
  }
  const env = {
    ...process.env,
    DATABASE_URL: database.url,
    MAILFLEET_HTTP_PORT: '0',
    MAILFLEET_MASTER_KEY: randomBytes(32).toString('base64'),
    MAILFLEET_CONSOLE_DIR: join(root, 'admin-ui/dist'),
  }
  try {
    const made = spawnSync(
      process.execPath,
      [controlPlane('cli.js'), 'create-administrator', '--email', administrator.email, '--name', administrator.name],
      { env: { ...env, MAILFLEET_ADMIN_PASSWORD: administrator.password }, encoding: 'utf8', timeout: 60_000 },
    )
    if (made.status !== 0) throw new Error(`no first administrator (run npm run build): ${made.stderr}${made.stdout}`)
    const server = spawn(process.execPath, [controlPlane('main.js')], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const stop = async () => {
      await end(server)
      await database.stop()
    }
    const query = (statement: string) => onServer(database.url, statement)
    return { url: await ready(server), administrator, query, stop }
  } catch (error) {
    await database.stop()
    throw error
  }
}

function ready(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = ''
    createInterface({ input: server.stdout! }).on('line', (line) => {
      output += `${line}\n`
      const { msg, url } = JSON.parse(line) as { msg?: string; url?: string }
      if (msg === 'ready' && url) resolve(url)
    })
    server.stderr!.on('data', (chunk) => (output += String(chunk)))
    server.once('exit', (code) => reject(new Error(`the control plane ended with ${code}:\n${output}`)))
  })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return
  const ended = new Promise((resolve) => server.once('exit', resolve))
  server.kill('SIGTERM')
  const killer = setTimeout(() => server.kill('SIGKILL'), 10_000)
  await ended
  clearTimeout(killer)
}
