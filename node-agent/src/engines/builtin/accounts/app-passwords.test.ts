/** App passwords over IMAP, POP3 and submission: what they are good for, and how their end ends sessions. */
import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import type { AppPasswordResource, ConfigResource, MailboxResource } from '@mailfleet/schema'
import { hashAppPassword, makeAppPassword } from '@mailfleet/schema'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from '../imap/test-support/imap-fixture.js'
import { openPop3Fixture, type Pop3Fixture } from '../pop3/test-support/pop3-fixture.js'
import { domain, mailbox, settings, startMailNode, type MailNode } from '../smtp/test-support/mail-node.js'
import { WireClient } from '../smtp/test-support/wire-client.js'
import { ScramClient, verifierOf } from './sasl/test-support/scram-client.js'

let imap: ImapFixture
let pop3: Pop3Fixture
let smtp: MailNode
let ann: MailboxResource
let annsPassword: string
beforeAll(async () => {
  annsPassword = randomBytes(12).toString('base64url')
  ann = mailbox('ann@a.test', { passwordHash: await hash(annsPassword, { memoryCost: 1024, timeCost: 1 }) })
  ann.scram = verifierOf(annsPassword)
  ;[imap, pop3, smtp] = await Promise.all([
    openImapFixture(),
    openPop3Fixture(),
    startMailNode({ resources: [settings(), domain('a.test'), ann, mailbox('bob@a.test')] }),
  ])
})
afterAll(() => Promise.all([imap?.close(), pop3?.close(), smtp?.stop()]))

let secret: string
beforeEach(() => void (secret = makeAppPassword()))
const appPassword = (of: string, more: Partial<AppPasswordResource> = {}): AppPasswordResource => ({
  kind: 'AppPassword',
  id: `p-${secret}`,
  mailboxId: of,
  secretHash: hashAppPassword(secret),
  protocols: ['SMTP', 'IMAP', 'POP3'],
  networks: [],
  expiresAt: null,
  ...more,
})
const onlyAppPasswords = (of: string, value: boolean): ConfigResource => ({
  kind: 'Policy',
  id: `policy-${of}`,
  level: 'MAILBOX',
  objectId: of,
  revision: 1,
  settings: { APP_PASSWORDS_ONLY: { value } },
})

async function byImap(password: string): Promise<string> {
  const client = await imap.connect()
  const { tagged } = await client.command(`LOGIN alice@example.org "${password}"`)
  client.destroy()
  return tagged
}
async function byPop3(password: string): Promise<string> {
  const client = await pop3.connect()
  await client.send(`USER ${pop3.alice.address}`)
  const reply = await client.send(`PASS ${password}`)
  client.destroy()
  return reply
}
async function bySmtp(password: string, login = 'ann@a.test'): Promise<string> {
  const client = await WireClient.open(smtp.submissions, { tls: true })
  await client.say('EHLO client.test')
  const reply = await client.say(`AUTH PLAIN ${Buffer.from(`\0${login}\0${password}`).toString('base64')}`)
  client.close()
  return reply
}
const everywhere = (more: Partial<AppPasswordResource> = {}): void => {
  imap.apply(appPassword(imap.mailbox.id, more))
  pop3.apply(appPassword(pop3.alice.id, more))
  smtp.apply(appPassword(ann.id, more))
}
const tryAll = async (password = secret): Promise<boolean[]> => {
  const replies = await Promise.all([byImap(password), byPop3(password), bySmtp(password)])
  return [/^OK/, /^\+OK/, /^235/].map((good, index) => good.test(replies[index]!))
}

describe('an app password', () => {
  it('signs in to all protocols, however it is spaced, beside the own password of the mailbox', async () => {
    everywhere()
    expect(await tryAll()).toEqual([true, true, true])
    expect(await tryAll(secret.toUpperCase().replace(/(.{4})(?=.)/g, '$1-'))).toEqual([true, true, true])
    expect(await bySmtp(annsPassword)).toMatch(/^235/)
    const event = smtp.events('AUTHENTICATED').find(({ appPasswordId }) => appPasswordId)
    expect(event).toMatchObject({ appPasswordId: `p-${secret}`, mailboxId: ann.id })
  })

  it.each([
    ['of IMAP', { protocols: ['IMAP'] }, [true, false, false]],
    ['of POP3 and SMTP', { protocols: ['POP3', 'SMTP'] }, [false, true, true]],
    ['from here', { networks: ['192.0.2.0/24', '127.0.0.0/8'] }, [true, true, true]],
    ['from elsewhere', { networks: ['192.0.2.0/24', '2001:db8::/32'] }, [false, false, false]],
    ['that is over', { expiresAt: Date.now() - 1 }, [false, false, false]],
    ['that is not over', { expiresAt: Date.now() + 3_600_000 }, [true, true, true]],
  ] as const)('%s', async (_, more, expected) => {
    everywhere(more as Partial<AppPasswordResource>)
    expect(await tryAll()).toEqual(expected)
  })

  it('is of its mailbox alone, and not of one that is suspended', async () => {
    everywhere()
    expect(await bySmtp(secret, 'bob@a.test')).toMatch(/^535/)
    smtp.apply({ ...ann, status: 'SUSPENDED' })
    expect(await bySmtp(secret)).toMatch(/^535/)
    smtp.apply(ann)
    expect(await bySmtp(secret)).toMatch(/^235/)
  })

  it('ends its sessions when it is revoked, and no others', async () => {
    everywhere()
    const [own, other] = [await imap.connect(), await imap.signIn()]
    await own.ok(`LOGIN alice@example.org ${secret}`)
    own.send('a IDLE\r\n')
    await own.response()
    const reader = await pop3.connect()
    await reader.send(`USER ${pop3.alice.address}`)
    await reader.send(`PASS ${secret}`)
    const writer = await WireClient.open(smtp.submissions, { tls: true })
    await writer.say('EHLO client.test')
    await writer.say(`AUTH PLAIN ${Buffer.from(`\0ann@a.test\0${secret}`).toString('base64')}`)
    expect(await writer.say('MAIL FROM:<ann@a.test>')).toMatch(/^250/)
    await writer.say('RSET')
    imap.remove(appPassword(imap.mailbox.id))
    pop3.remove(appPassword(pop3.alice.id))
    smtp.directory.apply([{ key: `AppPassword/p-${secret}`, version: 2, resource: null }])
    expect(await own.response()).toMatch(/^\* BYE /)
    expect(await reader.rest()).toMatch(/^-ERR /)
    expect(await writer.say('MAIL FROM:<ann@a.test>')).toMatch(/^550 5\.7\.1/)
    await other.ok('NOOP')
    other.destroy()
    writer.close()
    expect(await tryAll()).toEqual([false, false, false])
  })

  it('ends its sessions when it expires', async () => {
    everywhere({ expiresAt: Date.now() + 1_500 })
    const client = await imap.connect()
    await client.ok(`LOGIN alice@example.org ${secret}`)
    client.send('a IDLE\r\n')
    await client.response()
    expect(await client.response()).toMatch(/^\* BYE The app password has expired/)
  })

  it('works by SCRAM, under the salt of the mailbox', async () => {
    const scram = verifierOf(secret, Buffer.from(ann.scram!.salt, 'base64'), ann.scram!.iterations)
    smtp.apply({ ...mailbox('bob@a.test'), scram: verifierOf('x') })
    for (const id of [...smtp.directory.appPasswordsOf(ann.id)].map(({ id }) => id))
      smtp.directory.apply([{ key: `AppPassword/${id}`, version: 2, resource: null }])
    smtp.apply(appPassword(ann.id, { scram, protocols: ['SMTP'] }))
    const attempt = async (password: string): Promise<string> => {
      const client = await WireClient.open(smtp.submissions, { tls: true })
      expect(await client.say('EHLO client.test')).toContain('SCRAM-SHA-256')
      const exchange = new ScramClient('ann@a.test', password)
      const base64 = (text: string) => Buffer.from(text).toString('base64')
      const challenge = await client.say(`AUTH SCRAM-SHA-256 ${base64(exchange.first)}`)
      const final = await client.say(base64(exchange.final(Buffer.from(challenge.slice(4), 'base64').toString())))
      const outcome = final.startsWith('334') ? await client.say('') : final
      client.close()
      return outcome
    }
    expect(await attempt(secret)).toMatch(/^235/)
    expect(await attempt(annsPassword)).toMatch(/^235/)
    expect(await attempt('wrong')).toMatch(/^535/)
    smtp.apply(onlyAppPasswords(ann.id, true))
    expect(await attempt(annsPassword)).toMatch(/^535/)
    expect(await attempt(secret)).toMatch(/^235/)
    smtp.apply(onlyAppPasswords(ann.id, false))
  })
})

describe('app passwords only', () => {
  it('refuses the own password of the mailbox, and ends what it opened', async () => {
    everywhere()
    const client = await imap.signIn()
    client.send('a IDLE\r\n')
    await client.response()
    imap.apply(onlyAppPasswords(imap.mailbox.id, true))
    smtp.apply(onlyAppPasswords(ann.id, true))
    expect(await client.response()).toMatch(/^\* BYE /)
    expect(await byImap(imap.password)).toMatch(/AUTHENTICATIONFAILED/)
    expect(await bySmtp(annsPassword)).toMatch(/^535/)
    expect(await tryAll()).toEqual([true, true, true])
    expect(smtp.events('AUTH_FAILED').at(-1)).toMatchObject({ replyText: 'app passwords only', failures: 1 })
    imap.apply(onlyAppPasswords(imap.mailbox.id, false))
    smtp.apply(onlyAppPasswords(ann.id, false))
    expect(await bySmtp(annsPassword)).toMatch(/^235/)
  })
})
