/** What `npm start` says when it cannot: one clear line, a failing exit code, and nothing left behind. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest'
import { buildProduct } from '../tests/support/build.js'
import { provideMasterKey } from './master-key.mjs'
import { helpText, readOptions } from './options.mjs'
import { checkNode } from './preflight.mjs'

let folder: string
beforeAll(buildProduct, 600_000)
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-start-'))
  chmodSync(folder, 0o711)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

async function start(args: string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'start.mjs'), ...args], {
    env: { ...process.env, ...env },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, stdout, stderr: stderr.trim() }
}

describe('npm start', () => {
  it('names the port that is taken and the flag that changes it', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { code, stderr } = await start(['--data-dir', join(folder, 'data'), '--imap-port', String(port)])
    server.close()
    expect(code).toBe(1)
    expect(stderr).toBe(`Port ${port} is taken: stop what uses it, or choose another with --imap-port.`)
    expect(readdirSync(join(folder, 'data'))).toEqual([])
  })

  it.each([
    [
      ['--data-dir', '/proc/mailfleet'],
      /^The data folder \/proc\/mailfleet cannot be written \(ENOENT\): choose another with --data-dir\.$/,
    ],
    [['--imap-port', '99999'], /^--imap-port \(or MAILFLEET_IMAP_PORT\) must be a port number/],
    [['--imap-port', '2110'], /^--pop3-port and --imap-port are both 2110/],
    [['--colour'], /^Unknown option '--colour'\. `npm start -- --help` lists the options\.$/],
    [['--tls-cert', 'a.pem'], /^--tls-cert and --tls-key go together/],
    [['--admin-password', 'short'], /must have 12 to 256 characters/],
  ])('refuses %j', async (args, expected) => {
    const { code, stderr } = await start(args)
    expect(code).toBe(1)
    expect(stderr).toMatch(expected)
    expect(stderr).not.toContain('\n')
  })

  it('says that the database cannot be used, and why', async () => {
    const url = 'postgres://nobody:secret@127.0.0.1:1/none'
    const { code, stderr } = await start(['--data-dir', join(folder, 'data')], { DATABASE_URL: url })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^The database cannot be used: .*ECONNREFUSED 127\.0\.0\.1:1$/)
    expect(readdirSync(join(folder, 'data'))).toEqual([])
  })

  it.skipIf(process.getuid?.() !== 0)('as root refuses a folder that the database user cannot enter', async () => {
    chmodSync(folder, 0o700)
    const { code, stderr } = await start(['--data-dir', join(folder, 'data')], { DATABASE_URL: '' })
    expect(code).toBe(1)
    expect(stderr).toContain('PostgreSQL runs as the user postgres, who cannot enter')
  })

  it('refuses a file in place of the data folder', async () => {
    writeFileSync(join(folder, 'file'), '')
    const { code, stderr } = await start(['--data-dir', join(folder, 'file')])
    expect(code).toBe(1)
    expect(stderr).toContain('cannot be written (ENOTDIR)')
  })

  it('refuses a second runner on one data folder, and takes over what a dead one left', async () => {
    const data = join(folder, 'data')
    const fake = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000) // start.mjs'])
    try {
      mkdirSync(data)
      writeFileSync(join(data, 'runner.pid'), String(fake.pid))
      const { code, stderr } = await start(['--data-dir', data])
      expect(code).toBe(1)
      expect(stderr).toContain(`already runs on ${data} (process ${fake.pid})`)
      expect(existsSync(join(data, 'runner.pid'))).toBe(true)
    } finally {
      fake.kill('SIGKILL')
    }
  })
})

test('the master key is made once, for its owner only', () => {
  const folder = mkdtempSync(join(tmpdir(), 'master-key-'))
  const path = provideMasterKey(folder)
  const key = readFileSync(path, 'utf8')
  expect(Buffer.from(key, 'base64')).toHaveLength(32)
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(provideMasterKey(folder)).toBe(path)
  expect(readFileSync(path, 'utf8')).toBe(key)
  rmSync(folder, { recursive: true })
})

describe('options', () => {
  it('take the flag before the environment before the default', () => {
    expect(readOptions([], {}).httpPort).toBe(8480)
    expect(readOptions([], { MAILFLEET_HTTP_PORT: '9000' }).httpPort).toBe(9000)
    expect(readOptions(['--http-port', '9001'], { MAILFLEET_HTTP_PORT: '9000' }).httpPort).toBe(9001)
    expect(readOptions(['--smtp-port', 'off'], {}).smtpPort).toBe('off')
    expect(readOptions(['--demo'], {}).demo).toBe(true)
  })

  it('are all in the help', () => {
    for (const name of [
      'data-dir',
      'bind',
      'host-name',
      'admin-email',
      'admin-password',
      'database-url',
      'master-key-file',
      'http-port',
      'pop3s-port',
      'demo',
    ])
      expect(helpText()).toContain(`--${name}`)
  })
})

it('an old Node.js is told which one to install', () => {
  expect(() => checkNode('18.19.0')).toThrow('Node.js 18.19.0 is too old: install Node.js 20.12 or newer')
  expect(() => checkNode('20.11.1')).toThrow('too old')
  expect(() => checkNode('20.12.0')).not.toThrow()
  expect(() => checkNode('26.0.0')).not.toThrow()
})
