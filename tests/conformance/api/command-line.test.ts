/** The program `mailfleet` as people start it, built: exit codes, pipes that end, Ctrl-C, and completion in a real bash. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildProduct } from '../../support/build.js'
import { repositoryRoot } from '../../support/product.js'

const program = join(repositoryRoot, 'control-plane/bin/mailfleet.mjs')
const page = 200

/** Answers each page of domains with full pages, without end. */
const endless = createServer((request, response) => {
  request.resume().once('end', () => {
    const nodes = Array.from({ length: page }, (_, index) => ({ id: `${index}`, name: 'x'.repeat(100) }))
    const domains = { nodes, pageInfo: { hasNextPage: true, hasPreviousPage: false, startCursor: 'a', endCursor: 'b' } }
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { domains } }))
  })
})
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  await buildProduct()
  endless.listen(0, '127.0.0.1')
  await once(endless, 'listening')
  const { port } = endless.address() as { port: number }
  env = {
    ...process.env,
    MAILFLEET_URL: `http://127.0.0.1:${port}`,
    MAILFLEET_TOKEN: 'x',
    MAILFLEET_CONFIG: '/nonexistent/profiles.json',
  }
}, 600_000)
afterAll(() => void endless.close())

const start = (...args: string[]) =>
  spawn(process.execPath, [program, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
const all = ['domain', 'list', '--all', '--fields', 'id,name', '-o', 'jsonl']

it('ends in silence where nobody reads on', async () => {
  const child = start(...all)
  let complaint = ''
  child.stderr.on('data', (part: Buffer) => (complaint += part.toString()))
  await once(child.stdout, 'data')
  child.stdout.destroy()
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(complaint).toBe('')
})

it.skipIf(process.platform === 'win32')('ends with 130 at Ctrl-C', async () => {
  const child = start(...all)
  child.stdout.resume()
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([130, null])
})

it('says what is wrong on standard error alone, with its exit code', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, 'domain', 'list', '--state', 'lost'], {
    env,
    encoding: 'utf8',
  })
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^mailfleet: --state: one of /)
})

const bash = spawnSync('bash', ['--version']).status === 0
if (!bash) console.log('skipped: there is no bash, whose completion this test drives')

it.skipIf(!bash)('completes in bash', () => {
  const script = `
    mailfleet() { "${process.execPath}" "${program}" "$@"; }
    source <(mailfleet completion bash)
    COMP_WORDS=(mailfleet domain list --state PENDING_D); COMP_CWORD=4
    _mailfleet; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', script], { env, encoding: 'utf8' })
  expect(stderr).toBe('')
  expect(stdout).toBe('PENDING_DNS\n')
})
