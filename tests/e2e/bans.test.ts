/**
 * One address that fails everywhere: on two nodes, by SMTP, IMAP and POP3, and at the API. Banned everywhere, also with the right
 * password; other than sign-ins nothing is refused; it ends.
 */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { connect } from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ApiClient } from '../../control-plane/src/test-support/api-client.js'
import { startTestApplication, type TestApplication } from '../../control-plane/src/test-support/test-application.js'
import { eventually } from '../support/eventually.js'
import { dialogue, NodeAgent, type Ports } from '../support/node-agent.js'

let application: TestApplication
const agents: NodeAgent[] = []
const ports: Ports[] = []
const folder = mkdtempSync(join(tmpdir(), 'mailfleet-bans-'))
const login = 'someone@bans.example'
const password = randomBytes(12).toString('hex')

beforeAll(async () => {
  application = await startTestApplication()
  const { admin, rootId, mailNodeId } = application
  const tenant = await admin.must('createTenant', { parentId: rootId, name: 'bans', kind: 'CUSTOMER' })
  const domain = await admin.must('createDomain', { tenantId: tenant.id, name: 'bans.example', mailNodeId })
  await admin.must('createMailbox', { domainId: domain.id, localPart: 'someone', name: 'Someone', password })
  const second = await admin.must('createMailNode', { name: 'second', hostName: 'mx2.platform.example' })
  for (const [index, id] of [mailNodeId, second.id].entries()) {
    const { createJoinToken } = await admin.query(
      'mutation ($id: ID!) { createJoinToken(mailNodeId: $id) { token errors { code } } }',
      { id },
    )
    const agent = NodeAgent.spawn(join(folder, String(index)), new URL(application.url), {
      MAILFLEET_JOIN_TOKEN: createJoinToken.token,
    })
    agents.push(agent)
    ports.push(await agent.ports())
  }
}, 60_000)
afterAll(async () => {
  await Promise.all(agents.map((agent) => agent.kill('SIGTERM')))
  await application?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** The answers to a few lines over TLS, from the greeting on. */
async function speak(port: number, commands: string[]): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
  socket.on('error', () => undefined)
  const closed = once(socket, 'close')
  const answers: string[] = []
  const left = [...commands]
  createInterface({ input: socket }).on('line', (line) => {
    if (/^\d{3}-|^\* (?!OK)/.test(line)) return
    answers.push(line)
    const next = left.shift()
    if (next === undefined) socket.destroy()
    else socket.write(`${next}\r\n`)
  })
  await closed
  return answers
}

const plain = (secret: string): string => Buffer.from(`\0${login}\0${secret}`).toString('base64')
const imap = async (node: Ports, secret: string) => (await speak(node.imaps, [`a LOGIN ${login} ${secret}`])).at(-1)!
const pop3 = async (node: Ports, secret: string) =>
  (await speak(node.pop3s, [`USER ${login}`, `PASS ${secret}`])).at(-1)!
const smtp = async (node: Ports, secret: string) =>
  (await speak(node.submissions, ['EHLO client.example', `AUTH PLAIN ${plain(secret)}`])).at(-1)!
const wrong = (): string => randomBytes(8).toString('hex')

test('fails everywhere, is banned everywhere, and free again afterwards', { timeout: 120_000 }, async () => {
  const settled = await eventually(
    () => imap(ports[0]!, password),
    (answer) => answer.startsWith('a OK'),
  )
  expect(settled).toMatch(/^a OK/)
  // The address is one from which somebody signs in now, which would earn it patience.
  await eventually(
    () => application.database.query(`SELECT FROM mail_event WHERE type = 'AUTHENTICATED'`),
    (rows) => rows.length > 0,
  )
  await application.database.query('UPDATE sign_in_network SET succeeded_at = NULL')

  const client = new ApiClient(application.url)
  // Twenty on each node, as many as it has told of then, and eight here.
  for (let round = 0; round < 7; round++) {
    for (const node of ports) {
      expect(await imap(node, wrong())).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/)
      expect(await pop3(node, wrong())).toMatch(/^-ERR/)
      if (round > 0) expect(await smtp(node, wrong())).toMatch(/^535/)
    }
    const input = { email: 'root@platform.example', password: wrong() }
    expect(await client.refusal('signIn', input)).toEqual(['INVALID_CREDENTIALS'])
  }
  for (let time = 0; time < 1; time++)
    await client.refusal('signIn', { email: 'x@platform.example', password: wrong() })
  const counted = await eventually(
    () => application.database.query<{ failures: number }>('SELECT failures FROM sign_in_network'),
    ([row]) => row?.failures === 48,
  )
  // All of them, whoever counted.
  expect(counted).toEqual([{ failures: 48 }])

  for (let time = 0; time < 6; time++)
    await client.refusal('signIn', { email: `x${time}@platform.example`, password: wrong() })
  const banned = await eventually(
    async () => [await imap(ports[0]!, password), await imap(ports[1]!, password)],
    (answers) => answers.every((answer) => answer.includes('[LIMIT]')),
  )
  expect(banned).toEqual([expect.stringMatching(/^a NO \[LIMIT\]/), expect.stringMatching(/^a NO \[LIMIT\]/)])
  for (const node of ports) {
    expect(await pop3(node, password)).toMatch(/^-ERR/)
    expect(await smtp(node, password)).toMatch(/^4/)
  }
  expect(await client.refusal('signIn', application.credentials)).toEqual(['RATE_LIMITED'])
  // Mail comes in as ever.
  const [, , sender, recipient] = await dialogue(ports[0]!.smtp, [
    'EHLO client.example',
    'MAIL FROM:<a@elsewhere.example>',
    `RCPT TO:<${login}>`,
    'QUIT',
  ])
  expect([sender, recipient]).toEqual([expect.stringMatching(/^250/), expect.stringMatching(/^250/)])

  await application.database.query(`UPDATE ban SET until = now() + interval '1 second'`)
  await application.database.query(
    `INSERT INTO change_outbox (kind, resource_id, mail_node_id) SELECT 'Ban', ban.id, mail_node.id FROM ban, mail_node`,
  )
  const free = await eventually(
    () => imap(ports[0]!, password),
    (answer) => answer.startsWith('a OK'),
  )
  expect(free).toMatch(/^a OK/)
  expect(await client.refusal('signIn', application.credentials)).toEqual([])
})
