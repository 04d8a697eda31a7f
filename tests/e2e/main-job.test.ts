/**
 * The main job from outside: what a hosting company does in its first hour, at a thousand real messages, while node, control
 * plane and PostgreSQL are killed at random moments. Nothing answered 250 is lost, nothing is invented, and the log tells
 * of every message exactly once.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Api } from '../support/api.js'
import { asDelivered, corpus } from '../support/corpus.js'
import { eventually } from '../support/eventually.js'
import { Product } from '../support/product.js'
import { hasProgram, runPython } from '../support/python.js'
import { Chaos } from './chaos.js'
import { createFixture, type Account, type Fixture } from './tenants.js'
import { allEvents, type LoggedEvent } from './mail-log.js'

interface Sent {
  id: string
  account: Account
  body: Buffer
}
interface Outcome {
  accepted: boolean
  /** Attempts that were cut off between the last octet and the answer: each may or may not have been stored. */
  unanswered: number
  reply: string
}
type Mailboxes = Record<string, { uid: string; body: string }[]>

const messageCount = 1_000
const python = hasProgram('python3')
if (!python) console.log('skipped: there is no python3, whose mail clients this test drives')

describe.skipIf(!python)('the main job, end to end', { timeout: 600_000 }, () => {
  let product: Product
  let api: Api
  let fixture: Fixture
  let sent: Sent[]
  let outcomes: Record<string, Outcome>

  beforeAll(async () => {
    product = await Product.create()
    await product.start()
    const console = new Api(product.url)
    await console.signIn(product.admin)
    api = await console.withToken('end-to-end')
    fixture = await createFixture(api)
  }, 600_000)
  afterAll(() => product?.dispose())

  it('takes 1,000 messages by SMTP while its processes are killed', async () => {
    const messages = corpus()
    sent = Array.from({ length: messageCount }, (_, index) => ({
      id: `m${index}`,
      account: fixture.accounts[index % fixture.accounts.length]!,
      body: messages[index % messages.length]!.body,
    }))
    const chaos = new Chaos(product)
    chaos.start()
    outcomes = await runPython<Record<string, Outcome>>('smtp_send.py', {
      host: '127.0.0.1',
      port: product.ports.smtp,
      threads: 6,
      retrySeconds: 240,
      // Spreads the messages over the kills: without it a quiet machine is done after the first one.
      pauseSeconds: 0.15,
      messages: sent.map(({ id, account, body }) => ({
        id,
        sender: `${id}@sender.test`,
        recipients: [account.login],
        body: body.toString('base64'),
      })),
    })
    const killed = await chaos.stop()
    console.log(`killed ${killed.length} processes: ${killed.join(' ')}`)
    expect(new Set(killed)).toEqual(new Set(product.processes))
    const refused = Object.entries(outcomes).filter(([, { accepted }]) => !accepted)
    expect(refused).toEqual([])
    await product.healthy()
  })

  let stored: Mailboxes
  it('gives them back over IMAP byte for byte, with nothing lost and nothing invented', async () => {
    stored = await runPython<Mailboxes>('mail_read.py', {
      protocol: 'imap',
      host: '127.0.0.1',
      port: product.ports.imaps,
      implicit: true,
      accounts: fixture.accounts,
    })
    const copies = countCopies(stored)
    for (const { id, account } of sent) {
      const count = copies.get(`${id} ${account.login}`) ?? 0
      expect.soft(count, `copies of ${id}`).toBeGreaterThanOrEqual(1)
      expect.soft(count, `copies of ${id}`).toBeLessThanOrEqual(1 + outcomes[id]!.unanswered)
      copies.delete(`${id} ${account.login}`)
    }
    expect([...copies.keys()], 'messages that nobody sent').toEqual([])
  })

  it('gives the same octets over POP3', async () => {
    const byPop3 = await runPython<Mailboxes>('mail_read.py', {
      protocol: 'pop3',
      host: '127.0.0.1',
      port: product.ports.pop3,
      implicit: false,
      accounts: fixture.accounts,
    })
    for (const { login } of fixture.accounts)
      expect(byPop3[login]!.map(({ body }) => body).sort(), login).toEqual(
        stored[login]!.map(({ body }) => body).sort(),
      )
  })

  it('shows every message in the log exactly once', async () => {
    const total = Object.values(stored).flat().length
    // The node ships its events as soon as the control plane is there again; the log is complete when it has caught up.
    const events: LoggedEvent[] = await eventually(
      () => allEvents(api, { types: ['DELIVERED'] }),
      ({ length }) => length >= total,
    )
    const delivered = new Map<string, number>()
    for (const { sender, recipient } of events) {
      const key = `${sender!.split('@')[0]} ${recipient}`
      delivered.set(key, (delivered.get(key) ?? 0) + 1)
    }
    expect(delivered).toEqual(countCopies(stored))
    const accepted = await allEvents(api, { types: ['ACCEPTED'] })
    expect(new Set(accepted.map(({ transactionId }) => transactionId))).toEqual(
      new Set(events.map(({ transactionId }) => transactionId)),
    )
    expect(accepted.length).toBe(events.length)
  })

  it('has all of it again after a restart', async () => {
    expect(await product.stop()).toBe(0)
    await product.start()
    expect(product.output).not.toContain('First administrator')
    const again = await runPython<Mailboxes>('mail_read.py', {
      protocol: 'imap',
      host: '127.0.0.1',
      port: product.ports.imaps,
      implicit: true,
      accounts: fixture.accounts,
    })
    expect(again).toEqual(stored)
    const console = new Api(product.url)
    await console.signIn(product.admin)
    expect((await allEvents(console, { types: ['DELIVERED'] })).length).toBe(Object.values(stored).flat().length)
  })

  /** `id login` → copies. Each message must be trace fields and then exactly the octets that were sent. */
  function countCopies(mailboxes: Mailboxes): Map<string, number> {
    const bodies = new Map(sent.map(({ id, body }) => [id, asDelivered(body)]))
    const copies = new Map<string, number>()
    for (const [login, messages] of Object.entries(mailboxes))
      for (const { body } of messages) {
        const octets = Buffer.from(body, 'base64')
        const id = /^Return-Path: <(m\d+)@sender\.test>\r\n/.exec(octets.subarray(0, 200).toString('latin1'))?.[1]
        const original = bodies.get(id ?? '')
        if (!original) throw new Error(`a message of unknown origin: ${octets.subarray(0, 300).toString('latin1')}`)
        const trace = octets.subarray(0, octets.length - original.length).toString('latin1')
        expect(octets.subarray(octets.length - original.length).equals(original), `octets of ${id}`).toBe(true)
        expect(trace, `trace fields of ${id}`).toMatch(
          /^(?:(?:Return-Path|Delivered-To|Received): [^\r\n]*\r\n(?:[ \t][^\r\n]*\r\n)*)+$/,
        )
        const key = `${id} ${login}`
        copies.set(key, (copies.get(key) ?? 0) + 1)
      }
    return copies
  }
})
