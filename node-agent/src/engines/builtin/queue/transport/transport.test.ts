/** Mail to hosts that are not who they should be, or whose TLS somebody took away: over real sockets, names and certificates. */
import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { createServer } from 'node:https'
import type { Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { MailEvent } from '@mailfleet/schema'
import { startDnsServer } from '../../../../../../tests/support/dns-server.js'
import type { Zone } from '../../../../../../tests/support/dns-server.js'
import { domain, forward, mailbox, settings, startMailNode } from '../../smtp/test-support/mail-node.js'
import type { MailNode } from '../../smtp/test-support/mail-node.js'
import type { MessageRequest } from '../notification-request.js'
import { WireClient } from '../../smtp/test-support/wire-client.js'
import { createAuthority } from '../test-support/authority.js'
import type { Authority, Identity } from '../test-support/authority.js'
import { startSink } from '../test-support/sink.js'
import type { Sink } from '../test-support/sink.js'
import { isPublic } from './outgoing-lookup.js'
import { fetchStsPolicy } from './policy-fetch.js'
import { resolverOf } from './choose-resolver.js'
import type { ResolverOptions } from './choose-resolver.js'
import { StsPolicies } from './sts-policies.js'
import type { StsState } from './sts-policies.js'
import { TransportDatabase } from './transport-database.js'
import type { TransportOptions } from './transport-security.js'

const zone: Zone = {}
/** Names within signed zones for which nothing vouches all the same. */
const unsigned = new Set<string>()
const published = new Map<string, { policy: string; type?: string; status?: number; identity: Identity }>()
const fetched: string[] = []
const sinks: Sink[] = []
let authority: Authority
let dns: Awaited<ReturnType<typeof startDnsServer>>
let policyServer: Server
let node: MailNode
let port: number
let serial = 0

beforeAll(async () => {
  authority = await createAuthority('Authority of the tests')
  dns = await startDnsServer(zone, (name) => name.includes('signed') && !unsigned.has(name))
  policyServer = createServer(
    {
      SNICallback: (name, done) => done(null, createSecureContext(published.get(name)!.identity)),
    },
    (request, response) => {
      const host = request.headers.host!.split(':')[0]!
      fetched.push(`${host}${request.url!}`)
      const { policy, type = 'text/plain', status = 200 } = published.get(host)!
      response.writeHead(status, { 'content-type': type, location: 'https://elsewhere.test/' }).end(policy)
    },
  )
  await new Promise<void>((resolve) => policyServer.listen(0, '127.0.0.1', resolve))
  const probe = await startSink()
  port = probe.port
  await probe.close()
  node = await startMailNode({
    resources: [settings({ retryDelays: [600] }), domain('here.test'), mailbox('ann@here.test')],
    queue: {
      dnsServers: [dns.address],
      outboundPort: port,
      transport: transportOptions(),
    },
  })
})
afterEach(() => Promise.all(sinks.splice(0).map((sink) => sink.close())))
afterAll(async () => {
  await node.stop()
  policyServer.close()
  await dns.close()
})

const transportOptions = (): TransportOptions => ({
  ca: [authority.certificate],
  stsPort: (policyServer.address() as AddressInfo).port,
  loopback: true,
})

/** A destination of its own for a test, with one MX host. */
function destination(kind = 'b'): string {
  const name = `${kind}${++serial}.test`
  Object.assign(zone, {
    [`${name} MX`]: [{ preference: 10, exchange: `mx.${name}` }],
    [`mx.${name} A`]: ['127.0.0.1'],
  })
  return name
}

async function publish(name: string, lines: string[], more: { type?: string; status?: number; id?: string } = {}) {
  const identity = await authority.issue([`mta-sts.${name}`])
  zone[`_mta-sts.${name} TXT`] = [`v=STSv1; id=${more.id ?? '1'};`]
  zone[`mta-sts.${name} A`] = ['127.0.0.1']
  published.set(`mta-sts.${name}`, { policy: ['version: STSv1', ...lines, ''].join('\r\n'), identity, ...more })
}
const enforced = (name: string, mode = 'enforce'): string[] => [`mode: ${mode}`, `mx: *.${name}`, 'max_age: 86400']

async function sink(identity: Identity | null): Promise<Sink> {
  const options = identity ? { hideSTARTTLS: false, key: identity.key, cert: identity.cert } : {}
  const started = await startSink({ port, options: { hideSTARTTLS: true, ...options, authOptional: true } })
  sinks.push(started)
  return started
}

/** The event that the first attempt ends in. */
async function send(to: string, on: MailNode = node, tls: MessageRequest['tls'] = null): Promise<MailEvent> {
  const transactionId = randomUUID()
  const buffer = Buffer.from('Subject: x\r\n\r\nbody\r\n')
  await on.queue.enqueue({
    transactionId,
    reversePath: 'ann@here.test',
    recipients: [{ address: to, domainId: 'd-here.test', mailboxId: 'm-ann@here.test' }],
    content: { size: buffer.length, buffer },
    messageId: null,
    subject: 'x',
    request: { ret: 'FULL', envelopeId: null, tls },
  })
  const result = (): MailEvent | undefined =>
    on
      .events()
      .find((event) => event.transactionId === transactionId && ['RELAYED', 'DEFERRED', 'BOUNCED'].includes(event.type))
  await expect.poll(result, { timeout: 20_000, interval: 20 }).toBeDefined()
  return result()!
}

const tlsaOf = ({ cert }: Identity, usage: number, which = 0) => {
  const pem = cert.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)![which]!
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  return { usage, selector: 1, matchingType: 1, certificate: createHash('sha256').update(spki).digest() }
}
const long = new Date(Date.now() - 20 * 86_400_000)
const yesterday = new Date(Date.now() - 86_400_000)

describe('MTA-STS', () => {
  it('sends to a host of the policy whose certificate is good, and says by whose demand', async () => {
    const b = destination()
    await publish(b, enforced(b))
    const host = await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED', tlsPolicy: 'MTA-STS enforce' })
    expect(host.messages).toMatchObject([{ secure: true }])
    expect(fetched).toContain(`mta-sts.${b}/.well-known/mta-sts.txt`)
  })

  it.each<[string, (b: string) => Promise<Identity | null>, RegExp]>([
    ['offers no STARTTLS', () => Promise.resolve(null), /does not offer it; demanded by MTA-STS enforce$/],
    ['shows another name', (b) => authority.issue([`other.${b}`]), /certificate-host-mismatch .*MTA-STS enforce$/],
    ['shows an expired certificate', (b) => authority.issue([`mx.${b}`], { from: long, to: yesterday }), /expired/],
    [
      'shows a stranger’s certificate',
      async (b) => (await createAuthority('Stranger')).issue([`mx.${b}`]),
      /certificate-not-trusted/,
    ],
  ])('defers where the host %s, and sends nothing', async (_what, identity, reason) => {
    const b = destination()
    await publish(b, enforced(b))
    const host = await sink(await identity(b))
    expect(await send(`x@${b}`)).toMatchObject({
      type: 'DEFERRED',
      enhancedCode: '4.7.5',
      replyText: expect.stringMatching(reason) as string,
      tlsPolicy: expect.stringMatching(/^MTA-STS enforce: /) as string,
    })
    expect(host.messages).toEqual([])
  })

  it('defers where no MX host is in the policy', async () => {
    const b = destination()
    await publish(b, ['mode: enforce', 'mx: *.elsewhere.test', `mx: ${b}`, 'max_age: 86400'])
    const host = await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`)).toMatchObject({
      type: 'DEFERRED',
      replyText: `mx.${b} is not among the hosts of the MTA-STS policy of ${b}`,
    })
    expect(host.sessions).toBe(0)
  })

  it('sends in testing whatever is wrong, and says what is', async () => {
    const b = destination()
    await publish(b, enforced(b, 'testing'))
    const host = await sink(await authority.issue(['other.test']))
    expect(await send(`x@${b}`)).toMatchObject({
      type: 'RELAYED',
      tlsPolicy: 'MTA-STS testing: certificate-host-mismatch',
    })
    expect(host.messages).toMatchObject([{ secure: true }])
  })

  it.each<[string, (b: string) => Promise<void>]>([
    ['a redirect', (b) => publish(b, enforced(b), { status: 302 })],
    ['another media type', (b) => publish(b, enforced(b), { type: 'text/html' })],
    ['more than 64 KB', (b) => publish(b, [...enforced(b), `note: ${'x'.repeat(65_536)}`])],
    ['no policy', (b) => publish(b, ['mode: enforce', 'max_age: 1'])],
    [
      'a policy from a host of another name',
      async (b) => {
        await publish(b, enforced(b))
        published.get(`mta-sts.${b}`)!.identity = await authority.issue(['mta-sts.other.test'])
      },
    ],
  ])('takes %s for no policy', async (_what, published) => {
    const b = destination()
    await published(b)
    const host = await sink(null)
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
    expect(host.messages).toMatchObject([{ secure: false }])
  })

  it('fetches no policy from where only this machine gets', async () => {
    const b = destination()
    await publish(b, enforced(b))
    const { port } = policyServer.address() as AddressInfo
    const options = { resolver: resolverOf({ dnsServers: [dns.address] }), ca: [authority.certificate], port }
    await expect(fetchStsPolicy(b, { ...options, mayReach: isPublic })).rejects.toThrow('cannot be reached: ENOTFOUND')
  })

  it('holds a policy over a restart while its record and its host are gone, until its time is over', async () => {
    const b = destination()
    const folder = await mkdtemp(join(tmpdir(), 'mailfleet-transport-'))
    const resolver = resolverOf({ dnsServers: [dns.address] })
    const { port } = policyServer.address() as AddressInfo
    const options = { resolver, ca: [authority.certificate], port, mayReach: () => true }
    const failures: string[] = []
    const stateAfterStart = async (meanwhile?: (database: TransportDatabase) => Promise<void>): Promise<StsState> => {
      const database = await TransportDatabase.open(folder, new Date())
      await meanwhile?.(database)
      const sts = new StsPolicies(resolver, database, options, pino({ level: 'silent' }), (_domain, { type }) =>
        failures.push(type),
      )
      const state = await sts.of(b)
      await database.close()
      return state
    }
    await publish(b, enforced(b))
    expect(await stateAfterStart()).toMatchObject({ policy: { mode: 'enforce' } })
    // Another id, and a host that has no policy any more.
    await publish(b, enforced(b), { status: 404, id: '2' })
    expect(await stateAfterStart()).toMatchObject({ policy: { mode: 'enforce' } })
    delete zone[`_mta-sts.${b} TXT`]
    delete zone[`mta-sts.${b} A`]
    expect(await stateAfterStart()).toEqual({ policy: expect.objectContaining({ mode: 'enforce' }), failure: null })
    zone[`_mta-sts.${b} TXT`] = 'SERVFAIL'
    expect(await stateAfterStart()).toMatchObject({ policy: { mode: 'enforce' } })
    delete zone[`_mta-sts.${b} TXT`]
    const ended = (database: TransportDatabase): Promise<void> =>
      database.write('keepPolicy', { ...database.policy(b)!, expiresAt: Date.now() - 1 })
    expect(await stateAfterStart(ended)).toEqual({ policy: null, failure: null })
    expect(failures).toEqual(['sts-policy-fetch-error', 'sts-policy-fetch-error'])
    // A database that neither reads nor writes keeps no mail.
    await publish(b, enforced(b))
    expect(await stateAfterStart((database) => database.close())).toMatchObject({ policy: { mode: 'enforce' } })
    await rm(folder, { recursive: true })
  })
})

describe('DANE', () => {
  const tlsaAt = (b: string): string => `_${port}._tcp.mx.${b} TLSA`

  it('takes an expired certificate of another name whose key the record names (DANE-EE)', async () => {
    const b = destination('signed')
    const identity = await (await createAuthority('x')).issue(['other.test'], { from: long, to: yesterday })
    zone[tlsaAt(b)] = [tlsaOf(identity, 3)]
    const host = await sink(identity)
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED', tlsPolicy: 'DANE' })
    // What was proven by one record proves nothing by another.
    zone[tlsaAt(b)] = [tlsaOf(await authority.issue(['x']), 3)]
    expect(await send(`x@${b}`)).toMatchObject({ type: 'DEFERRED', tlsPolicy: 'DANE: validation-failure' })
    expect(host.messages).toMatchObject([{ secure: true }])
  })

  it.each<[string, string[], { from?: Date; to?: Date }, string | null]>([
    ['its own name', ['mx.'], {}, null],
    ['the name of the destination', [''], {}, null],
    ['another name', ['other.'], {}, 'certificate-host-mismatch'],
    ['dates that are over', ['mx.'], { from: long, to: yesterday }, 'certificate-expired'],
  ])('goes by an authority that the record names (DANE-TA): %s', async (_what, names, validity, fault) => {
    const b = destination('signed')
    const identity = await (
      await createAuthority('Anchor')
    ).issue(
      names.map((name) => `${name}${b}`),
      validity,
    )
    zone[tlsaAt(b)] = [tlsaOf(identity, 2, 1)]
    await sink(identity)
    expect(await send(`x@${b}`)).toMatchObject(
      fault === null
        ? { type: 'RELAYED', tlsPolicy: 'DANE' }
        : { type: 'DEFERRED', enhancedCode: '4.7.5', tlsPolicy: `DANE: ${fault}` },
    )
  })

  it('defers where the key is another, also if MTA-STS would be content, and where there is no STARTTLS', async () => {
    const b = destination('signed')
    const identity = await authority.issue([`mx.${b}`])
    await publish(b, enforced(b))
    zone[tlsaAt(b)] = [tlsaOf(await authority.issue([`mx.${b}`]), 3)]
    const host = await sink(identity)
    expect(await send(`x@${b}`)).toMatchObject({ type: 'DEFERRED', tlsPolicy: 'DANE: validation-failure' })
    await host.close()
    const c = destination('signed')
    zone[tlsaAt(c)] = [tlsaOf(identity, 3)]
    const plain = await sink(null)
    expect(await send(`y@${c}`)).toMatchObject({ type: 'DEFERRED', tlsPolicy: 'DANE: starttls-not-supported' })
    expect([...host.messages, ...plain.messages]).toEqual([])
  })

  it('defers where the records cannot be looked up', async () => {
    const b = destination('signed')
    zone[tlsaAt(b)] = 'SERVFAIL'
    const host = await sink(null)
    expect(await send(`x@${b}`)).toMatchObject({ type: 'DEFERRED', tlsPolicy: 'DANE: dnssec-invalid' })
    expect(host.sessions).toBe(0)
  })

  it('asks for encryption and no more where no record can be used', async () => {
    const b = destination('signed')
    zone[tlsaAt(b)] = [{ ...tlsaOf(await authority.issue(['x']), 3), usage: 1 }]
    const host = await sink(await (await createAuthority('x')).issue(['other.test']))
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
    expect(host.messages).toMatchObject([{ secure: true }])
    await host.close()
    await sink(null)
    expect(await send(`y@${b}`)).toMatchObject({ type: 'DEFERRED' })
  })

  it('believes no record that DNSSEC does not vouch for', async () => {
    const b = destination()
    zone[tlsaAt(b)] = [tlsaOf(await authority.issue(['x']), 3)]
    await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
    expect(dns.asked).not.toContain(tlsaAt(b).toLowerCase())
  })

  it.each<[string, (b: string) => string]>([
    ['MX records', (b) => b],
    ['addresses', (b) => `mx.${b}`],
    ['TLSA records', (b) => tlsaAt(b).split(' ')[0]!],
  ])('believes no record where DNSSEC does not vouch for the %s', async (_what, name) => {
    const b = destination('signed')
    unsigned.add(name(b))
    zone[tlsaAt(b)] = [tlsaOf(await authority.issue(['x']), 3)]
    await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
  })
})

it.each<[string, ResolverOptions, boolean]>([
  ['one on this machine', { dnsServers: ['127.0.0.53', '[::1]:5300'] }, true],
  ['one elsewhere', { dnsServers: ['127.0.0.1', '192.0.2.1'] }, false],
  ['one elsewhere that the operator names', { validatingDnsServers: ['192.0.2.1'] }, true],
  ['none, as the operator wants it', { dnsServers: ['127.0.0.1'], validatingDnsServers: [] }, false],
  ['that of a container, which passes on what others say', { dnsServers: ['127.0.0.11'] }, false],
])('believes of resolvers what they say of DNSSEC: %s', (_what, options, believed) => {
  expect(resolverOf(options).resolveTlsa !== undefined).toBe(believed)
})

describe('REQUIRETLS', () => {
  it('is carried from a client to the mailbox of a host that offers it, also by a forward', async () => {
    const b = destination('signed')
    zone[`mx.${b} A`] = ['127.0.0.7']
    const far = await startMailNode({
      resources: [settings(), domain(b), mailbox(`x@${b}`)],
      smtp: { mx: [{ host: '127.0.0.7', port }] },
    })
    const pem = readFileSync(join(far.dataDir, 'tls', 'self-signed.pem'), 'utf8')
    zone[`_${port}._tcp.mx.${b} TLSA`] = [tlsaOf({ key: '', cert: pem }, 3)]
    // From one that takes mail for the domain and forwards it.
    node.apply(mailbox('to-far@here.test'), forward('to-far@here.test', [`x@${b}`]))
    const client = await WireClient.open(node.mx)
    expect(await client.say('EHLO client.test')).not.toContain('REQUIRETLS')
    expect(await client.say('MAIL FROM:<a@out.test> REQUIRETLS')).toMatch(/^555/)
    await client.startTls()
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]REQUIRETLS$/m)
    expect(await client.say('MAIL FROM:<a@out.test> REQUIRETLS=1')).toMatch(/^501/)
    expect(await client.say('MAIL FROM:<a@out.test> REQUIRETLS')).toMatch(/^250/)
    expect(await client.say('RCPT TO:<to-far@here.test>')).toMatch(/^250/)
    await client.say('DATA')
    expect(await client.say('Subject: safe\r\n\r\nbody\r\n.')).toMatch(/^250/)
    client.close()
    await expect.poll(() => far.inbox(`x@${b}`), { timeout: 20_000 }).toHaveLength(1)
    expect(node.events('RELAYED').at(-1)).toMatchObject({ recipient: `x@${b}`, tlsPolicy: 'DANE' })
    await far.stop()
  })

  it('ends in a bounce without the body where no host offers it', async () => {
    const b = destination('signed')
    const identity = await authority.issue([`mx.${b}`])
    zone[`_${port}._tcp.mx.${b} TLSA`] = [tlsaOf(identity, 3)]
    const host = await sink(identity)
    expect(await send(`x@${b}`, node, 'REQUIRED')).toMatchObject({ type: 'BOUNCED', enhancedCode: '5.7.30' })
    expect(host.messages).toEqual([])
    const report = (await node.inbox('ann@here.test')).at(-1)!
    expect(report).toContain('Status: 5.7.30')
    expect(report).not.toContain('body')
  })

  it('ends in a bounce where nothing vouches for the MX, however good the certificate', async () => {
    const b = destination()
    const host = await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`, node, 'REQUIRED')).toMatchObject({ type: 'BOUNCED', enhancedCode: '5.7.30' })
    expect(host.sessions).toBe(0)
  })

  it('waits where the certificate is bad, and no other mail to there waits with it', async () => {
    const b = destination('signed')
    const host = await sink(await authority.issue(['other.test']))
    expect(await send(`x@${b}`, node, 'REQUIRED')).toMatchObject({ type: 'DEFERRED', enhancedCode: '4.7.5' })
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
    expect(host.messages).toHaveLength(1)
  })

  it('waits where nobody can say who vouches for the MX now, and no other mail to there waits with it', async () => {
    const b = destination()
    await publish(b, enforced(b), { status: 503 })
    await sink(await authority.issue([`mx.${b}`]))
    expect(await send(`x@${b}`, node, 'REQUIRED')).toMatchObject({ type: 'DEFERRED', enhancedCode: '4.7.30' })
    expect(await send(`x@${b}`)).toMatchObject({ type: 'RELAYED' })
  })

  it('waits for a host that is vouched for and down, whatever can be said of others', async () => {
    const b = destination()
    await publish(b, ['mode: testing', `mx: mx.${b}`, 'max_age: 86400'])
    // Nobody listens there.
    zone[`mx.${b} A`] = ['127.0.0.9']
    zone[`${b} MX`] = [10, 20].map((preference) => ({
      preference,
      exchange: preference === 10 ? `mx.${b}` : `other.${b}`,
    }))
    zone[`other.${b} A`] = ['127.0.0.1']
    const host = await sink(await authority.issue([`other.${b}`]))
    expect(await send(`x@${b}`, node, 'REQUIRED')).toMatchObject({ type: 'DEFERRED', enhancedCode: '4.4.1' })
    expect(host.sessions).toBe(0)
  })
})

it('demands proof from destinations that a policy of the sender names, and from no other', async () => {
  const [b, c] = [destination(), destination()]
  const settings = { OUTBOUND_TLS_TO: { value: [`*.${b}`] } }
  node.apply({ kind: 'Policy', id: 'p', level: 'DOMAIN', objectId: 'd-here.test', revision: 1, settings })
  const host = await sink(null)
  expect(await send(`x@${b}`)).toMatchObject({ type: 'DEFERRED', enhancedCode: '4.7.5' })
  expect(await send(`x@${c}`)).toMatchObject({ type: 'RELAYED' })
  expect(host.messages).toHaveLength(1)
})

it('sends with TLS-Required: No whatever the policies of the destination say', async () => {
  const b = destination()
  await publish(b, enforced(b))
  const host = await sink(null)
  expect(await send(`x@${b}`, node, 'OPTIONAL')).toMatchObject({ type: 'RELAYED' })
  expect(host.messages).toHaveLength(1)
})
