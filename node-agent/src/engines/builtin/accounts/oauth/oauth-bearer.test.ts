import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nodeSettingsResource, oauthIssuer, type NodeSettingsResource } from '@mailfleet/schema'
import { openImapFixture, type ImapFixture } from '../../imap/test-support/imap-fixture.js'
import { openPop3Fixture, type Pop3Fixture } from '../../pop3/test-support/pop3-fixture.js'
import { domain, mailbox, settings, startMailNode, type MailNode } from '../../smtp/test-support/mail-node.js'
import { WireClient } from '../../smtp/test-support/wire-client.js'
import { SaslSyntaxError } from '../sasl/sasl-dialogue.js'
import { parseOauthBearer, parseXoauth2 } from '../sasl/sign-in-by-token.js'
import { AccessTokens } from './access-tokens.js'
import { TokenIssuer } from './test-support/token-issuer.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const decoded = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64').toString())
const bearer = (token: string, login = ''): string =>
  base64(`n,${login && `a=${login}`},\u0001host=mail.example\u0001port=993\u0001auth=Bearer ${token}\u0001\u0001`)
const now = (): number => Math.floor(Date.now() / 1000)

let issuer: TokenIssuer
beforeAll(async () => {
  issuer = await TokenIssuer.start()
})
afterAll(() => issuer.close())

describe('messages', () => {
  it('are read as RFC 7628 section 4 has them', () => {
    expect(
      parseOauthBearer('n,a=user@example.com,\u0001host=h\u0001port=143\u0001auth=Bearer vF9dft4q==\u0001\u0001'),
    ).toEqual({ login: 'user@example.com', token: 'vF9dft4q==' })
    expect(parseOauthBearer('n,,\u0001auth=\u0001\u0001')).toEqual({ login: '', token: '' })
    expect(parseXoauth2('user=a@b.test\u0001auth=bearer x.y-z\u0001\u0001')).toEqual({
      login: 'a@b.test',
      token: 'x.y-z',
    })
  })

  it.each(['', 'n,,', 'n,,\u0001\u0001', 'p=x,,\u0001auth=Bearer a\u0001\u0001', 'n,,\u0001auth=Basic a\u0001\u0001'])(
    'refuse %j',
    (message) => expect(() => parseOauthBearer(message)).toThrow(SaslSyntaxError),
  )

  it('take any text without another error than their own', () => {
    const pieces = fc.constantFrom('n,', 'a=', ',', '\u0001', 'auth=', 'Bearer ', 'user=', 'x', '\0', '=')
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ unit: 'binary' })), { maxLength: 12 }), (parts) => {
        for (const parse of [parseOauthBearer, parseXoauth2]) {
          try {
            parse(parts.join(''))
          } catch (error) {
            expect(error).toBeInstanceOf(SaslSyntaxError)
          }
        }
      }),
      { numRuns: 100 },
    )
  })
})

describe('a token', () => {
  const trusting = (...oauthIssuers: NodeSettingsResource['oauthIssuers']): NodeSettingsResource => ({
    ...nodeSettingsResource.parse({ kind: 'NodeSettings', id: 'n', hostName: 'mx.test', status: 'ACTIVE' }),
    oauthIssuers,
  })
  const checked = (token: string, more: Parameters<TokenIssuer['settings']>[0] = {}) => {
    const settings = trusting(issuer.settings(more))
    return new AccessTokens(() => settings, Date.now).check(token)
  }
  const email = 'Ann@A.test'

  it('that is in order gives the address, in normal form, from a list of audiences and scopes too', async () => {
    expect(await checked(await issuer.token({ email }))).toEqual({ ok: true, address: 'ann@a.test' })
    const token = await issuer.token({ email, aud: ['other', 'mail'], scope: 'openid mail.read' })
    expect(await checked(token, { requiredScope: 'mail.read', domains: ['a.test'] })).toMatchObject({ ok: true })
    const other = await issuer.token({ upn: 'x@a.test' })
    expect(await checked(other, { addressClaim: 'upn' })).toEqual({ ok: true, address: 'x@a.test' })
  })

  it('is taken by pushed keys, with no URL to ask', async () => {
    const asked = issuer.asked
    const keys = { jwksUrl: null, keys: issuer.publicKeys as never }
    expect(await checked(await issuer.token({ email }), keys)).toMatchObject({ ok: true })
    expect(issuer.asked).toBe(asked)
  })

  it.each([
    ['for somebody else', { aud: 'other' }, {}, 'INVALID'],
    ['of another issuer', { iss: 'https://other.example' }, {}, 'INVALID'],
    ['that has expired', { exp: now() - 60 }, {}, 'STALE'],
    ['not valid yet', { nbf: now() + 600 }, {}, 'INVALID'],
    ['that never expires', { exp: undefined }, {}, 'INVALID'],
    ['without the scope', { scope: 'openid' }, { requiredScope: 'mail' }, 'INVALID'],
    ['without an address', { email: undefined }, {}, 'INVALID'],
    ['with a list for an address', { email: [email] as never }, {}, 'INVALID'],
    ['with an unverified address', { email_verified: false }, {}, 'INVALID'],
    ['of an issuer of other domains', {}, { domains: ['b.test'] }, 'INVALID'],
  ])('%s is refused', async (_what, claims, more, fault) => {
    expect(await checked(await issuer.token({ email, ...claims }), more)).toMatchObject({ ok: false, fault })
  })

  it('without a signature, signed with the public key as a secret, by a stranger or changed is refused', async () => {
    const token = await issuer.token({ email })
    const [header, payload, signature] = token.split('.') as [string, string, string]
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const { kid } = decoded(Buffer.from(header, 'base64url').toString('base64')) as { kid: string }
    const secret = JSON.stringify(issuer.publicKeys[0])
    const symmetric = `${part({ alg: 'HS256', kid })}.${payload}`
    const stranger = await TokenIssuer.start()
    const forged = [
      `${part({ alg: 'none' })}.${payload}.`,
      `${symmetric}.${createHmac('sha256', secret).update(symmetric).digest('base64url')}`,
      `${part({ alg: 'RS256', kid })}.${payload}.${signature}`,
      `${header}.${part({ iss: issuer.url, aud: 'mail', exp: now() + 60, email: 'eve@a.test' })}.${signature}`,
      await stranger.token({ email, iss: issuer.url }, { kid }),
      'no.token.either',
      'x',
    ]
    await stranger.close()
    for (const token of forged) expect(await checked(token)).toMatchObject({ ok: false, fault: 'INVALID' })
  })

  it('with key ids made up asks the issuer no more often than its pause allows; a new key is found after it', async () => {
    const own = await TokenIssuer.start()
    let time = Date.now()
    const settings = trusting(own.settings())
    const tokens = new AccessTokens(
      () => settings,
      () => time,
    )
    expect(await tokens.check(await own.token({ email }))).toMatchObject({ ok: true })
    for (let turn = 0; turn < 5; turn++)
      expect(await tokens.check(await own.token({ email }, { kid: `none ${turn}` }))).toMatchObject({
        fault: 'INVALID',
      })
    expect(own.asked).toBe(1)
    await own.changeKey()
    time += 31_000
    expect(await tokens.check(await own.token({ email }))).toMatchObject({ ok: true })
    expect(own.asked).toBe(2)
    await own.close()
    // The issuer is away: what it said holds for a day.
    time += 3_600_000
    expect(await tokens.check(await own.token({ email, exp: now() + 90_000 }))).toMatchObject({ ok: true })
    time += 24 * 3_600_000
    expect(await tokens.check(await own.token({ email, exp: now() + 900_000 }))).toMatchObject({ fault: 'UNAVAILABLE' })
  })

  it.each(['not JSON', '{}', `{"keys":[${' '.repeat(300_000)}]}`])(
    'whose keys cannot be had says nothing: %#',
    async (answer) => {
      const own = await TokenIssuer.start()
      own.answer = answer
      const settings = trusting(own.settings())
      expect(await new AccessTokens(() => settings, Date.now).check(await own.token({ email }))).toMatchObject({
        fault: 'UNAVAILABLE',
      })
      await own.close()
    },
  )
})

describe('settings', () => {
  const good = { issuer: 'https://id.example', audience: 'mail' }
  it.each([
    {},
    { jwksUrl: 'http://id.example/jwks' },
    { jwksUrl: 'file:///etc/passwd' },
    { jwksUrl: 'https://user:secret@id.example/jwks' },
    { keys: [{ kty: 'oct', k: 'AAAA' }] },
    { keys: [{ kty: 'EC', d: 'AAAA' }] },
  ])('refuse %j', (more) => expect(oauthIssuer.safeParse({ ...good, ...more }).success).toBe(false))
})

describe('over the wire', () => {
  let imap: ImapFixture, pop3: Pop3Fixture, node: MailNode
  const nodeSettings = () => settings({ oauthIssuers: [issuer.settings({ requiredScope: 'mail' })] })
  const token = (email: string) => issuer.token({ email, scope: 'mail' })
  beforeAll(async () => {
    ;[imap, pop3] = [await openImapFixture(), await openPop3Fixture()]
    node = await startMailNode({ resources: [settings(), domain('a.test'), mailbox('ann@a.test')] })
  })
  afterAll(() => Promise.all([imap.close(), pop3.close(), node.stop()]))

  const challenge = () => ({
    status: 'invalid_token',
    scope: 'mail',
    'openid-configuration': `${issuer.url}/.well-known/openid-configuration`,
  })

  it('IMAP lists it once there is an issuer, signs in by it, and answers failures in two steps', async () => {
    const before = await imap.connect()
    expect(before.greeting).not.toMatch(/OAUTH/)
    expect((await before.command(`AUTHENTICATE OAUTHBEARER ${bearer('x')}`)).tagged).toMatch(/^NO \[CANNOT\]/)
    imap.apply({ ...nodeSettings(), id: 'node' })
    const client = await imap.connect()
    expect(client.greeting).toContain(' AUTH=OAUTHBEARER AUTH=XOAUTH2 ')
    const { address } = imap.mailbox
    const refusal = async (message: string, mechanism = 'OAUTHBEARER') => {
      client.send(`a AUTHENTICATE ${mechanism} ${message}\r\n`)
      expect(decoded((await client.response()).slice(2))).toEqual(challenge())
      client.send('AQ==\r\n')
      return client.response()
    }
    const wrong = await refusal(bearer('x.y.z'))
    expect(wrong).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/)
    expect(await refusal(bearer(await token('nobody@example.org')))).toBe(wrong)
    const another = await imap.connect()
    const acting = bearer(await token(address), 'bob@example.org')
    another.send(`a AUTHENTICATE OAUTHBEARER ${acting}\r\n`)
    expect(decoded((await another.response()).slice(2))).toEqual(challenge())
    another.send('AQ==\r\n')
    expect(await another.response()).toBe(wrong)
    const signedIn = await imap.connect()
    expect(
      (await signedIn.command(`AUTHENTICATE OAUTHBEARER ${bearer(await token(address), address)}`)).tagged,
    ).toMatch(/^OK \[CAPABILITY/)
    await signedIn.ok('SELECT INBOX')
    const xoauth2 = base64(`user=${address}\u0001auth=Bearer ${await token(address)}\u0001\u0001`)
    expect((await (await imap.connect()).command(`AUTHENTICATE XOAUTH2 ${xoauth2}`)).tagged).toMatch(/^OK /)
  })

  it('is refused to whom is suspended, and to a shared mailbox', async () => {
    for (const change of [{ status: 'SUSPENDED' as const }, { passwordHash: '' }]) {
      imap.apply({ ...imap.mailbox, ...change })
      const client = await imap.connect()
      client.send(`a AUTHENTICATE OAUTHBEARER ${bearer(await token(imap.mailbox.address))}\r\n`)
      expect(decoded((await client.response()).slice(2))).toEqual(challenge())
      client.send('AQ==\r\n')
      expect(await client.response()).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/)
    }
    imap.apply(imap.mailbox)
  })

  it('POP3 likewise, with a token longer than a command may be', async () => {
    pop3.apply({ ...nodeSettings(), id: 'node' })
    const client = await pop3.connect()
    expect((await client.sendMultiline('CAPA')).octets.toString()).toContain('SASL PLAIN OAUTHBEARER XOAUTH2\r\n')
    expect(decoded((await client.send(`AUTH OAUTHBEARER ${bearer('x.y.z')}`)).slice(2))).toEqual(challenge())
    expect(await client.send('AQ==')).toMatch(/^-ERR \[AUTH\]/)
    const long = await issuer.token({ email: pop3.alice.address, scope: 'mail', groups: 'g'.repeat(4_000) })
    expect(await client.send(`AUTH OAUTHBEARER ${bearer(long)}`)).toMatch(/^\+OK 0 messages/)
  })

  it('SMTP likewise', async () => {
    node.apply(nodeSettings())
    const client = await WireClient.open(node.submissions, { tls: true })
    expect(await client.say('EHLO c.test')).toMatch(/^250[ -]AUTH PLAIN LOGIN OAUTHBEARER XOAUTH2$/m)
    expect(decoded((await client.say(`AUTH OAUTHBEARER ${bearer('x.y.z')}`)).slice(4))).toEqual(challenge())
    expect(await client.say('AQ==')).toMatch(/^535 5\.7\.8/)
    expect(await client.say(`AUTH OAUTHBEARER ${bearer(await token('ann@a.test'))}`)).toMatch(/^235 2\.7\.0/)
    client.close()
  })
})
