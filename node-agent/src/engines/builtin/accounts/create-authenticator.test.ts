import { randomBytes } from 'node:crypto'
import { hash } from '@node-rs/argon2'
import {
  configKey,
  nodeSettingsResource,
  type ConfigResource,
  type DomainResource,
  type MailboxResource,
  type MailEvent,
  type NodeSettingsResource,
} from '@mailfleet/schema'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { InMemoryDirectory } from '../../../config/in-memory-directory.js'
import { createAuthenticator, type Authenticator, type SignInAttempt } from './index.js'

const cheap = { memoryCost: 1024, timeCost: 1, parallelism: 1 }
const password = randomBytes(12).toString('base64url')
const other = randomBytes(12).toString('base64url')
const domain: DomainResource = {
  kind: 'Domain',
  id: 'd',
  tenantId: 't',
  name: 'example.org',
  status: 'ACTIVE',
  catchAll: null,
  tenantPath: [],
  receivesWhileSuspended: false,
  dkimKeys: [],
}
const settings: NodeSettingsResource = nodeSettingsResource.parse({
  kind: 'NodeSettings',
  id: 'n',
  hostName: 'mx.example.org',
  status: 'ACTIVE',
})
let alice: MailboxResource
let directory: InMemoryDirectory
let events: MailEvent[]
let now: number
let authenticator: Authenticator

const apply = (...resources: ConfigResource[]) =>
  directory.apply(resources.map((resource) => ({ key: configKey(resource), version: 1, resource })))

beforeAll(async () => {
  alice = {
    kind: 'Mailbox',
    id: 'a',
    domainId: 'd',
    address: 'alice@example.org',
    displayName: '',
    status: 'ACTIVE',
    passwordHash: await hash(password, cheap),
    quotaBytes: null,
    members: [],
  }
})
beforeEach(() => {
  directory = new InMemoryDirectory('mx.example.org')
  apply(settings, domain, alice)
  events = []
  now = Date.now()
  authenticator = createAuthenticator({
    directory,
    events: { emit: (event) => void events.push(event) },
    clock: () => now,
    throttle: { failuresByNetwork: 5, failuresByLogin: 8, windowMs: 60_000, banMs: 60_000 },
  })
})

const attempt = (change: Partial<SignInAttempt> = {}) =>
  authenticator.authenticate({
    login: 'alice@example.org',
    password,
    protocol: 'IMAP',
    remoteIp: '192.0.2.1',
    ...change,
  })
const refused = { ok: false, reason: 'REFUSED' }
const throttled = { ok: false, reason: 'THROTTLED' }
const fail = async (times: number, change: Partial<SignInAttempt> = {}) => {
  for (let time = 0; time < times; time += 1) expect(await attempt({ password: other, ...change })).toEqual(refused)
}

describe('who may sign in', () => {
  it('is who knows the password, by the address in any of its spellings', async () => {
    const success = { ok: true, mailbox: alice, credential: { kind: 'password', hash: alice.passwordHash } }
    expect(await attempt()).toEqual(success)
    expect(await attempt({ login: ' ALICE@Example.ORG'.trim() })).toEqual(success)
    expect(await attempt({ login: 'alice@example.org.' })).toEqual(success)
    for (const login of ['alice', 'alice@', 'bob@example.org', 'alice@example.net', '', '\0', 'a'.repeat(5_000)])
      expect(await attempt({ login, remoteIp: `192.0.2.${login.length % 200}` }), login).toEqual(refused)
  })

  it.each(['', `${password} `, password.slice(1), `${password}\0`, 'x'.repeat(10_000)])(
    'is not who gives another password (%#)',
    async (wrong) => {
      await attempt()
      expect(await attempt({ password: wrong })).toEqual(refused)
    },
  )

  it('is nobody with an empty or huge password, whatever the hash says', async () => {
    apply({ ...alice, passwordHash: await hash('', cheap) })
    expect(await attempt({ password: '' })).toEqual(refused)
    expect(await attempt({ password: 'x'.repeat(2_000) })).toEqual(refused)
  })

  it('is nobody whose mailbox or domain is suspended or gone, though the password was just verified', async () => {
    await attempt()
    apply({ ...alice, status: 'SUSPENDED' })
    expect(await attempt()).toEqual(refused)
    apply(alice, { ...domain, status: 'SUSPENDED' })
    expect(await attempt()).toEqual(refused)
    apply(domain)
    expect(await attempt()).toMatchObject({ ok: true })
    directory.apply([{ key: configKey(alice), version: 2, resource: null }])
    expect(await attempt()).toEqual(refused)
  })

  it('changes with the password, at once', async () => {
    await attempt()
    apply({ ...alice, passwordHash: await hash(other, cheap) })
    expect(await attempt()).toEqual(refused)
    expect(await attempt({ password: other })).toMatchObject({ ok: true })
  })

  it('is nobody whose account changed while the password was checked', async () => {
    const running = attempt()
    apply({ ...alice, status: 'SUSPENDED' })
    expect(await running).toEqual(refused)
  })

  it('is told to come back when the node is suspended or not configured', async () => {
    apply({ ...settings, status: 'SUSPENDED' })
    expect(await attempt()).toEqual({ ok: false, reason: 'UNAVAILABLE' })
  })

  it('is refused, and not let in, where the stored hash is damaged', async () => {
    apply({ ...alice, passwordHash: 'nonsense' })
    expect(await attempt({ password: 'nonsense' })).toEqual(refused)
  })
})

describe('the throttle', () => {
  it('bans a network over all protocols and logins, for a time', async () => {
    await fail(2, { protocol: 'IMAP' })
    await fail(2, { protocol: 'POP3', login: 'nobody@example.org' })
    await fail(1, { protocol: 'SUBMISSION' })
    for (const protocol of ['IMAP', 'POP3', 'SUBMISSION'] as const)
      expect(await attempt({ protocol })).toEqual(throttled)
    expect(await attempt({ remoteIp: '192.0.2.2' })).toMatchObject({ ok: true })
    now += 61_000
    expect(await attempt()).toMatchObject({ ok: true })
  })

  it('takes an IPv6 /64 for one, and a mapped address for IPv4', async () => {
    for (let host = 0; host < 5; host += 1) await fail(1, { remoteIp: `2001:db8::${host}` })
    expect(await attempt({ remoteIp: '2001:db8::ffff:1' })).toEqual(throttled)
    expect(await attempt({ remoteIp: '2001:db8:0:1::1' })).toMatchObject({ ok: true })
    await fail(5, { remoteIp: '::ffff:192.0.2.9' })
    expect(await attempt({ remoteIp: '192.0.2.9' })).toEqual(throttled)
  })

  it('bans a login that is tried from everywhere, but not where its owner is', async () => {
    await attempt({ remoteIp: '198.51.100.1' })
    for (let host = 0; host < 8; host += 1) await fail(1, { remoteIp: `203.0.113.${host}` })
    expect(await attempt({ remoteIp: '203.0.113.99' })).toEqual(throttled)
    expect(await attempt({ remoteIp: '198.51.100.1' })).toMatchObject({ ok: true })
  })

  it('cannot be cleared by signing in to an account of one’s own', async () => {
    await fail(4, { login: 'victim@example.org' })
    await attempt()
    await fail(1, { login: 'victim@example.org' })
    expect(await attempt({ login: 'victim@example.org' })).toEqual(throttled)
  })

  it('stops asking argon2 while a ban lasts', async () => {
    await fail(5)
    for (let time = 0; time < 1_000; time += 1) expect(await attempt()).toEqual(throttled)
  })
})

describe('events', () => {
  it('tell of sign-ins, once a minute for each client', async () => {
    await attempt()
    await attempt()
    await attempt({ protocol: 'POP3' })
    now += 61_000
    await attempt()
    expect(events.map(({ type, protocol }) => `${type} ${protocol}`)).toEqual([
      'AUTHENTICATED IMAP',
      'AUTHENTICATED POP3',
      'AUTHENTICATED IMAP',
    ])
    expect(events[0]).toMatchObject({
      domainId: 'd',
      mailboxId: 'a',
      login: 'alice@example.org',
      remoteIp: '192.0.2.1',
    })
  })

  it('tell of failures with the reason, and never the password', async () => {
    await attempt({ password: other })
    await attempt({ login: 'nobody@example.org' })
    await attempt({ login: 'x@example.net' })
    apply({ ...alice, status: 'SUSPENDED' })
    await attempt()
    expect(events.map(({ domainId, mailboxId, replyText }) => [domainId, mailboxId, replyText])).toEqual([
      ['d', 'a', 'wrong password'],
      ['d', null, 'no such mailbox'],
      [null, null, 'no such mailbox'],
      ['d', 'a', 'suspended'],
    ])
    expect(JSON.stringify(events)).not.toContain(other)
    expect(JSON.stringify(events)).not.toContain(password)
  })

  it('do not drown the log in an attack', async () => {
    for (let time = 0; time < 500; time += 1) await attempt({ password: other })
    // Ten by themselves, then one each time that their number has doubled.
    expect(events.map(({ failures }) => failures)).toEqual([...Array<number>(10).fill(1), 10, 20, 40, 80, 160])
  })
})

it('sheds load instead of queueing without end', async () => {
  // Unknown logins, from networks of their own, at once.
  const results = await Promise.all(
    Array.from({ length: 400 }, (_, n) =>
      attempt({ login: `u${n}@example.org`, remoteIp: `10.0.${n >> 8}.${n & 255}` }),
    ),
  )
  const reasons = results.map((result) => (result.ok ? 'ok' : result.reason))
  expect(new Set(reasons)).toEqual(new Set(['REFUSED', 'UNAVAILABLE']))
  expect(await attempt()).toMatchObject({ ok: true })
})

describe('a ban of the whole fleet', () => {
  const ban = (network: string, until: number): void => apply({ kind: 'Ban', id: network, network, until })

  it('refuses the right password too, for all of the network, and for as long as it says', async () => {
    ban('2001:db8:0:0::/64', now + 60_000)
    expect(await attempt({ remoteIp: '2001:db8::5' })).toEqual(throttled)
    expect(
      await authenticator.scramVerifiers({ login: alice.address, protocol: 'IMAP', remoteIp: '2001:db8::6' }),
    ).toEqual(throttled)
    expect(await attempt({ remoteIp: '2001:db8:0:1::5' })).toMatchObject({ ok: true })
    now += 60_000
    expect(await attempt({ remoteIp: '2001:db8::5' })).toMatchObject({ ok: true })
  })

  it('ends when it is lifted', async () => {
    ban('192.0.2.1', now + 60_000)
    expect(await attempt()).toEqual(throttled)
    directory.apply([{ key: 'Ban/192.0.2.1', version: 2, resource: null }])
    expect(await attempt()).toMatchObject({ ok: true })
  })

  it('adds no failures: it would never end', async () => {
    ban('192.0.2.1', now + 60_000)
    for (let time = 0; time < 20; time += 1) await attempt({ password: other })
    expect(events).toEqual([expect.objectContaining({ type: 'AUTH_FAILED', replyText: 'address banned', failures: 0 })])
  })
})
