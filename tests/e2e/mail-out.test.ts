/**
 * Mail out of the product, and into it with ordinary clients: to a foreign server, to a second node, with smtplib, swaks, curl
 * and mbsync; config takes effect while they run and survives the control plane's absence.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { Api } from '../support/api.js'
import { eventually } from '../support/eventually.js'
import { canConnect } from '../support/ports.js'
import { Product } from '../support/product.js'
import { hasProgram, run, runPython } from '../support/python.js'
import { startSink } from '../support/sink.js'
import { allEvents } from './mail-log.js'
import { startSecondNode, type SecondNode } from './second-node.js'
import { createFixture, type Account, type Fixture } from './tenants.js'

type Outcomes = Record<string, { accepted: boolean; reply: string }>
type Mailboxes = Record<string, { uid: string; body: string }[]>

const missing = ['python3', 'swaks', 'curl', 'mbsync'].filter((program) => !hasProgram(program))
if (missing.length > 0) console.log(`skipped: there is no ${missing.join(', ')}`)

describe.skipIf(missing.length > 0)('mail out, and ordinary clients', { timeout: 120_000 }, () => {
  let product: Product
  let api: Api
  let fixture: Fixture
  let sink: Awaited<ReturnType<typeof startSink>>
  let second: SecondNode
  let sender: Account

  beforeAll(async () => {
    product = await Product.create()
    await product.start()
    const console = new Api(product.url)
    await console.signIn(product.admin)
    api = await console.withToken('mail-out')
    fixture = await createFixture(api)
    sender = fixture.accounts[0]!
    sink = await startSink()
    second = await startSecondNode(api, 'second')
    const { mailNodes } = await api.run<{ mailNodes: { nodes: { id: string; version: number; name: string }[] } }>(
      'query { mailNodes(first: 10) { nodes { id version name } } }',
    )
    const local = mailNodes.nodes.find(({ name }) => name === 'local')!
    await api.run(
      'mutation ($input: UpdateMailNodeInput!) { updateMailNode(input: $input) { errors { code message path } } }',
      {
        input: {
          id: local.id,
          version: local.version,
          outboundRoutes: [
            { domain: 'second.test', host: '127.0.0.1', port: second.ports.smtp, tls: 'OPPORTUNISTIC' },
            { domain: '*', host: '127.0.0.1', port: sink.port, tls: 'NONE' },
          ],
        },
      },
    )
  }, 300_000)
  afterAll(async () => {
    await second?.stop()
    await sink?.stop()
    await product?.dispose()
  })

  const submit = (
    messages: { id: string; sender: string; recipients: string[]; body: Buffer }[],
    account: Account = sender,
  ) =>
    runPython<Outcomes>('smtp_send.py', {
      host: '127.0.0.1',
      port: product.ports.submission,
      starttls: true,
      login: account.login,
      password: account.password,
      threads: 2,
      retrySeconds: 20,
      messages: messages.map((message) => ({ ...message, body: message.body.toString('base64') })),
    })
  const letter = (from: string, subject: string) =>
    Buffer.from(
      `From: <${from}>\r\nTo: someone\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.net>\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n\r\n${subject}\r\n`,
    )
  const readImap = (ports: { imaps: number }, accounts: { login: string; password: string }[]) =>
    runPython<Mailboxes>('mail_read.py', {
      protocol: 'imap',
      host: '127.0.0.1',
      port: ports.imaps,
      implicit: true,
      accounts,
    })
  it('sends to a foreign server and logs each step', async () => {
    const messages = Array.from({ length: 20 }, (_, index) => ({
      id: `out${index}`,
      sender: sender.login,
      recipients: [`friend${index}@sink.test`],
      body: letter(sender.login, `out-${index}`),
    }))
    const outcomes = await submit(messages)
    expect(Object.values(outcomes).filter(({ accepted }) => !accepted)).toEqual([])
    await eventually(
      () => sink.messages.length,
      (count) => count >= 20,
    )
    expect(sink.messages.map(({ recipients }) => recipients[0]).sort()).toEqual(
      messages.map(({ recipients }) => recipients[0]).sort(),
    )
    for (const { sender: reversePath } of sink.messages) expect(reversePath).toBe(sender.login)
    const relayed = await eventually(
      () => allEvents(api, { types: ['RELAYED'] }),
      (events) => events.length >= 20,
    )
    expect(relayed.map(({ messageId }) => messageId).sort()).toEqual(
      messages.map((_, index) => `out-${index}@example.net`).sort(),
    )
    for (const type of ['ACCEPTED', 'QUEUED']) {
      const events = await allEvents(api, { types: [type], direction: 'OUT' })
      expect(events.length, type).toBe(20)
    }
  })

  it('sends to a mailbox on a second node, in another process with another configuration', async () => {
    const domain = await api.create('Domain', {
      tenantId: fixture.customers[1],
      name: 'second.test',
      mailNodeId: second.id,
    })
    await api.create('Mailbox', { domainId: domain.id, localPart: 'anh', name: 'Anh', password: sender.password })
    const outcomes = await submit([
      { id: 'x1', sender: sender.login, recipients: ['anh@second.test'], body: letter(sender.login, 'to-second') },
    ])
    expect(outcomes.x1!.accepted, outcomes.x1!.reply).toBe(true)
    const account = { login: 'anh@second.test', password: sender.password }
    const boxes = await eventually(
      () => readImap(second.ports, [account]),
      (all) => all[account.login]!.length > 0,
    )
    expect(Buffer.from(boxes[account.login]![0]!.body, 'base64').toString()).toContain('Subject: to-second')
    const delivered = await eventually(
      () => allEvents(api, { types: ['DELIVERED'], recipient: account.login }),
      (events) => events.length > 0,
    )
    expect(delivered.map(({ mailNode }) => mailNode?.name)).toEqual(['second'])
  })

  it('refuses another sender, an unknown recipient and to relay', async () => {
    const [other] = fixture.accounts.filter(({ login }) => login !== sender.login)
    const spoofed = await submit([
      { id: 's', sender: other!.login, recipients: [sender.login], body: letter(other!.login, 'spoof') },
    ])
    expect(spoofed.s!.reply).toMatch(/^553/)
    const mx = (recipients: string[]) =>
      runPython<Outcomes>('smtp_send.py', {
        host: '127.0.0.1',
        port: product.ports.smtp,
        retrySeconds: 5,
        messages: [
          { id: 'r', sender: 'x@outside.test', recipients, body: letter('x@outside.test', 'r').toString('base64') },
        ],
      })
    expect((await mx([`nobody-here@${sender.login.split('@')[1]}`])).r!.reply).toMatch(/^550/)
    expect((await mx(['x@elsewhere.test'])).r!.reply).toMatch(/^550/)
  })

  it('tells of events over a websocket as they happen', async () => {
    const client = createClient({
      url: `${product.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: class extends WebSocket {
        constructor(url: string, protocols: string[]) {
          super(url, protocols, { headers: { authorization: api.authorization, origin: product.url } })
        }
      },
    })
    const events = client.iterate<{ mailEventAdded: { type: string; sender: string } }>({
      query: 'subscription { mailEventAdded(filter: { types: [DELIVERED] }) { type sender recipient } }',
    })
    const first = events.next()
    await sleep(500)
    const { status, stderr } = await run('swaks', [
      '--server',
      `127.0.0.1:${product.ports.smtp}`,
      '--from',
      'swaks@outside.test',
      '--to',
      sender.login,
      '--silent',
      '2',
    ])
    expect(status, stderr).toBe(0)
    expect((await first).value?.data?.mailEventAdded.sender).toBe('swaks@outside.test')
    await client.dispose()
  })

  it('bounces what the next hop refuses for ever', async () => {
    await sink.stop()
    const port = sink.port
    const { SMTPServer } = await import('smtp-server')
    const refusing = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS', 'AUTH'],
      onRcptTo: (_address, _session, done) =>
        done(Object.assign(new Error('no such user here'), { responseCode: 550 })),
    })
    await new Promise<void>((resolve) => refusing.listen(port, '127.0.0.1', resolve))
    try {
      const from = fixture.accounts[7]!
      const outcomes = await submit(
        [{ id: 'b', sender: from.login, recipients: ['gone@sink.test'], body: letter(from.login, 'to-bounce') }],
        from,
      )
      expect(outcomes.b!.accepted, outcomes.b!.reply).toBe(true)
      const boxes = await eventually(
        () => readImap(product.ports, [from]),
        (all) => all[from.login]!.length > 0,
      )
      const bounce = Buffer.from(boxes[from.login]![0]!.body, 'base64').toString()
      expect(bounce).toMatch(/^Return-Path: <>\r\n/)
      expect(bounce).toContain('message/delivery-status')
      expect(bounce).toContain('gone@sink.test')
      const bounced = await eventually(
        () => allEvents(api, { types: ['BOUNCED'] }),
        (events) => events.length > 0,
      )
      expect(bounced.map(({ recipient, replyCode }) => [recipient, replyCode])).toEqual([['gone@sink.test', 550]])
    } finally {
      await new Promise<void>((resolve) => refusing.close(() => resolve()))
    }
  })

  it('syncs a mailbox with mbsync in both directions, and curl reads it', async () => {
    const account = fixture.accounts[3]!
    const folder = mkdtempSync(join(tmpdir(), 'mailfleet-mbsync-'))
    try {
      await submit(
        Array.from({ length: 5 }, (_, index) => ({
          id: `mb${index}`,
          sender: sender.login,
          recipients: [account.login],
          body: letter(sender.login, `mb-${index}`),
        })),
      )
      mkdirSync(join(folder, 'mail'))
      const certificate = await run('sh', [
        '-c',
        `openssl s_client -connect 127.0.0.1:${product.ports.imaps} </dev/null 2>/dev/null | openssl x509`,
      ])
      writeFileSync(join(folder, 'certificate.pem'), certificate.stdout)
      writeFileSync(
        join(folder, 'mbsyncrc'),
        `IMAPAccount fleet\nHost 127.0.0.1\nPort ${product.ports.imaps}\nUser ${account.login}\nPass ${account.password}\nSSLType IMAPS\nCertificateFile ${folder}/certificate.pem\n\nIMAPStore far\nAccount fleet\n\nMaildirStore near\nPath ${folder}/mail/\nInbox ${folder}/mail/INBOX\nSubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n`,
      )
      const sync = () =>
        run('mbsync', ['-c', join(folder, 'mbsyncrc'), 'all'], { env: { ...process.env, HOME: folder } })
      const first = await sync()
      expect(first.status, first.stderr).toBe(0)
      const inbox = join(folder, 'mail/INBOX')
      const files = () =>
        ['cur', 'new'].flatMap((part) => readdirSync(join(inbox, part)).map((name) => join(inbox, part, name)))
      expect(files().length).toBe(5)
      writeFileSync(
        join(inbox, 'new', `${Date.now()}.1.local`),
        letter(sender.login, 'from-maildir').toString().replaceAll('\r\n', '\n'),
      )
      const secondRun = await sync()
      expect(secondRun.status, secondRun.stderr).toBe(0)
      const stored = (await readImap(product.ports, [account]))[account.login]!
      expect(stored.length).toBe(6)
      expect(stored.some(({ body }) => Buffer.from(body, 'base64').includes('Subject: from-maildir'))).toBe(true)
      expect(
        files()
          .map((file) => readFileSync(file, 'utf8'))
          .filter((text) => text.includes('Subject: mb-')).length,
      ).toBe(5)
      const listed = await run('curl', [
        '-sk',
        '--user',
        `${account.login}:${account.password}`,
        `imaps://127.0.0.1:${product.ports.imaps}/INBOX;UID=1`,
      ])
      expect(listed.stdout.toString()).toContain('Subject: mb-')
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('a suspended node refuses for now, and serves again when resumed', async () => {
    const change = async (mutation: 'suspendMailNode' | 'resumeMailNode') => {
      const { mailNode } = await api.run<{ mailNode: { version: number } }>(
        'query ($id: ID!) { mailNode(id: $id) { version } }',
        { id: second.id },
      )
      await api.run(`mutation ($input: VersionedInput!) { ${mutation}(input: $input) { errors { code message } } }`, {
        input: { id: second.id, version: mailNode.version },
      })
    }
    const offer = async () => {
      const { r } = await runPython<Outcomes>('smtp_send.py', {
        host: '127.0.0.1',
        port: second.ports.smtp,
        retrySeconds: 0.1,
        messages: [
          {
            id: 'r',
            sender: 'x@outside.test',
            recipients: ['anh@second.test'],
            body: letter('x@outside.test', 'suspended').toString('base64'),
          },
        ],
      })
      return r!
    }
    await change('suspendMailNode')
    const refused = await eventually(offer, ({ accepted }) => !accepted)
    expect(refused.reply).toMatch(/4[25]1/)
    await change('resumeMailNode')
    const taken = await eventually(offer, ({ accepted }) => accepted)
    expect(taken.accepted, taken.reply).toBe(true)
  })

  it('works on without the control plane, and reports what happened meanwhile', async () => {
    const account = fixture.accounts[12]!
    product.kill('control-plane')
    const outcomes = await submit(
      [{ id: 'alone', sender: account.login, recipients: [sender.login], body: letter(account.login, 'alone') }],
      account,
    )
    expect(outcomes.alone!.accepted, outcomes.alone!.reply).toBe(true)
    await product.healthy()
    const events = await eventually(
      () => allEvents(api, { types: ['DELIVERED'], messageId: '<alone@example.net>' }),
      (all) => all.length > 0,
    )
    expect(events.length).toBe(1)
  })

  it('stops by itself when its runner is killed, and starts again over what that left', async () => {
    await product.stop('SIGKILL')
    await eventually(
      () => Promise.all([canConnect(product.ports.http), canConnect(product.ports.smtp)]),
      (open) => open.every((one) => !one),
    )
    await product.start()
    const again = new Api(product.url)
    await again.signIn(product.admin)
    expect((await allEvents(again, { types: ['RELAYED'] })).length).toBeGreaterThanOrEqual(20)
  })
})
