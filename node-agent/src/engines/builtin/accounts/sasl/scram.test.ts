import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from '../../imap/test-support/imap-fixture.js'
import { openPop3Fixture, type Pop3Fixture } from '../../pop3/test-support/pop3-fixture.js'
import { domain, mailbox, password, startMailNode, type MailNode } from '../../smtp/test-support/mail-node.js'
import { sendMessage, WireClient } from '../../smtp/test-support/wire-client.js'
import { SaslSyntaxError } from './sasl-dialogue.js'
import { parseClientFirst, ScramExchange } from './scram-exchange.js'
import { ScramClient, verifierOf } from './test-support/scram-client.js'

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const text = (encoded: string): string => Buffer.from(encoded, 'base64').toString()

describe('the exchange', () => {
  const first = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO'
  const serverNonce = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
  const verifier = verifierOf('pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'))
  const nonce = `rOprNGfwEbeRWgbNEkqO${serverNonce}`
  const start = () => new ScramExchange(parseClientFirst(first), [verifier], serverNonce)

  it('is that of RFC 7677 section 3', () => {
    const exchange = start()
    expect(exchange.serverFirst).toBe(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)
    expect(exchange.conclude(`c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`)?.serverFinal).toBe(
      'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=',
    )
  })

  it.each(['p=AAAA', `p=${base64('x'.repeat(32))}`])('proves nothing by %s', (proof) => {
    expect(start().conclude(`c=biws,r=${nonce},${proof}`)).toBeNull()
  })

  it.each([
    ['another nonce', `c=biws,r=${nonce}x,p=AAAA`],
    ['another binding', `c=eSws,r=${nonce},p=AAAA`],
    ['no proof', `c=biws,r=${nonce}`],
    ['nothing', ''],
  ])('refuses %s', (_what, final) => expect(() => start().conclude(final)).toThrow(SaslSyntaxError))

  it.each([
    '',
    'n,,',
    'n=user,r=abc',
    'p=tls-unique,,n=user,r=abc',
    'n,,m=x,n=user,r=abc',
    'n,,n=us=er,r=abc',
    'n,,n=user,r=',
  ])('refuses the first message %j', (message) => expect(() => parseClientFirst(message)).toThrow(SaslSyntaxError))

  it('reads names with commas and equals signs, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.string({ minLength: 1, maxLength: 40 }).filter((name) => !name.includes('\0')),
        (name) => {
          expect(parseClientFirst(new ScramClient(name, '').first).login).toBe(name)
        },
      ),
    )
  })

  it('takes any text without another error than its own', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (one, two) => {
        for (const step of [() => parseClientFirst(one), () => start().conclude(two)]) {
          try {
            step()
          } catch (error) {
            expect(error).toBeInstanceOf(SaslSyntaxError)
          }
        }
      }),
    )
  })
})

describe('IMAP', () => {
  let fixture: ImapFixture
  beforeAll(async () => {
    fixture = await openImapFixture()
  })
  afterAll(() => fixture.close())

  it('is offered once every mailbox has a verifier', async () => {
    const client = await fixture.connect()
    expect(client.greeting).not.toContain('SCRAM')
    const asked = await client.command(`AUTHENTICATE SCRAM-SHA-256 ${base64(new ScramClient('x', 'y').first)}`)
    expect(asked.tagged).toMatch(/^NO \[CANNOT\]/)
    fixture.apply({ ...fixture.mailbox, scram: verifierOf(fixture.password) })
    expect((await fixture.connect()).greeting).toContain(' AUTH=SCRAM-SHA-256 ')
  })

  async function exchange(login: string, password: string, withInitial: boolean) {
    const [client, scram] = [await fixture.connect(), new ScramClient(login, password)]
    client.send(`a AUTHENTICATE SCRAM-SHA-256${withInitial ? ` ${base64(scram.first)}` : ''}\r\n`)
    if (!withInitial) {
      expect(await client.response()).toBe('+ ')
      client.send(`${base64(scram.first)}\r\n`)
    }
    const challenge = text((await client.response()).slice(2))
    client.send(`${base64(scram.final(challenge))}\r\n`)
    const answer = await client.response()
    if (!answer.startsWith('+ ')) return { challenge, answer }
    expect(scram.believes(text(answer.slice(2)))).toBe(true)
    client.send('\r\n')
    return { challenge, answer: await client.response() }
  }

  it.each([true, false])('signs in, with an initial response: %s', async (withInitial) => {
    expect((await exchange(fixture.mailbox.address, fixture.password, withInitial)).answer).toMatch(
      /^a OK \[CAPABILITY/,
    )
  })

  it('tells a wrong password and an unknown login apart by nothing', async () => {
    const wrong = await exchange(fixture.mailbox.address, randomBytes(8).toString('hex'), true)
    const [unknown, again] = [
      await exchange('nobody@example.org', 'secret', true),
      await exchange('nobody@example.org', 'secret', true),
    ]
    expect(wrong.answer).toMatch(/^a NO \[AUTHENTICATIONFAILED\]/)
    expect(unknown.answer).toBe(wrong.answer)
    const shape = (challenge: string) => challenge.replace(/r=[^,]+/, '').replace(/s=[^,]+/, (salt) => `${salt.length}`)
    expect(shape(unknown.challenge)).toBe(shape(wrong.challenge))
    // The salt of an account stays; so must that of none.
    expect(/s=[^,]+/.exec(again.challenge)![0]).toBe(/s=[^,]+/.exec(unknown.challenge)![0])
  })

  it('is cancelled by *, and goes on after nonsense', async () => {
    const client = await fixture.connect()
    client.send('a AUTHENTICATE SCRAM-SHA-256\r\n')
    expect(await client.response()).toBe('+ ')
    client.send('*\r\n')
    expect(await client.response()).toMatch(/^a BAD /)
    expect((await client.command(`AUTHENTICATE SCRAM-SHA-256 ${base64('nonsense')}`)).tagged).toMatch(/^BAD /)
    await client.ok('NOOP')
  })
})

describe('POP3', () => {
  let fixture: Pop3Fixture
  beforeAll(async () => {
    fixture = await openPop3Fixture()
    fixture.apply({ ...fixture.alice, scram: verifierOf(fixture.password) })
  })
  afterAll(() => fixture.close())

  it('offers it and signs in by it', async () => {
    const [client, scram] = [await fixture.connect(), new ScramClient(fixture.alice.address, fixture.password)]
    expect((await client.sendMultiline('CAPA')).octets.toString()).toContain('SASL PLAIN SCRAM-SHA-256\r\n')
    const challenge = text((await client.send(`AUTH SCRAM-SHA-256 ${base64(scram.first)}`)).slice(2))
    const proof = text((await client.send(base64(scram.final(challenge)))).slice(2))
    expect(scram.believes(proof)).toBe(true)
    expect(await client.send('')).toMatch(/^\+OK 0 messages/)
  })
})

describe('SMTP submission', () => {
  let node: MailNode
  beforeAll(async () => {
    node = await startMailNode({
      resources: [domain('a.test'), mailbox('ann@a.test', { scram: verifierOf(password) })],
    })
  })
  afterAll(() => node.stop())

  async function greeted(): Promise<WireClient> {
    const client = await WireClient.open(node.submissions, { tls: true })
    expect(await client.say('EHLO client.test')).toMatch(/^250[ -]AUTH PLAIN LOGIN SCRAM-SHA-256$/m)
    return client
  }

  it.each([true, false])('signs in and sends, with an initial response: %s', async (withInitial) => {
    const [client, scram] = [await greeted(), new ScramClient('ann@a.test', password)]
    if (!withInitial) expect(await client.say('AUTH SCRAM-SHA-256')).toMatch(/^334 ?$/)
    const challenge = await client.say(`${withInitial ? 'AUTH scram-sha-256 ' : ''}${base64(scram.first)}`)
    const proof = await client.say(base64(scram.final(text(challenge.slice(4)))))
    expect(scram.believes(text(proof.slice(4)))).toBe(true)
    expect(await client.say('')).toMatch(/^235 2\.7\.0/)
    expect(await sendMessage(client, 'ann@a.test', ['ann@a.test'], 'From: ann@a.test\r\n\r\nx\r\n')).toMatch(/^250/)
    client.close()
  })

  it('is neither offered nor taken in the clear', async () => {
    const client = await WireClient.open(node.submission)
    expect(await client.say('EHLO client.test')).not.toContain('AUTH')
    expect(await client.say(`AUTH SCRAM-SHA-256 ${base64(new ScramClient('ann@a.test', password).first)}`)).toMatch(
      /^538 /,
    )
    client.close()
  })

  it('goes on after a cancelled exchange and after nonsense, and hangs up on the third wrong proof', async () => {
    const client = await greeted()
    expect(await client.say('AUTH SCRAM-SHA-256')).toMatch(/^334/)
    expect(await client.say('*')).toMatch(/^501 5\.7\.0/)
    expect(await client.say(`AUTH SCRAM-SHA-256 ${base64('nonsense')}`)).toMatch(/^501 5\.5\.2/)
    expect(await client.say('AUTH SCRAM-SHA-256 !')).toMatch(/^501 5\.5\.2/)
    const attempt = async (login: string) => {
      const scram = new ScramClient(login, 'wrong')
      const challenge = await client.say(`AUTH SCRAM-SHA-256 ${base64(scram.first)}`)
      return client.say(base64(scram.final(text(challenge.slice(4)))))
    }
    const wrong = await attempt('ann@a.test')
    expect(wrong).toMatch(/^535 5\.7\.8/)
    expect(await attempt('nobody@a.test')).toBe(wrong)
    expect(await attempt('ann@a.test')).toMatch(/^421 4\.7\.0/)
    await client.ended()
  })
})
