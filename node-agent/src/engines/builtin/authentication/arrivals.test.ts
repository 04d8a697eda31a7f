/** Mail from outside over SMTP, with a real DNS server: what is found, what the mailbox and the log are told, what policies make of it. */
import { generateKeyPairSync } from 'node:crypto'
import { dkimSign } from 'mailauth/lib/dkim/sign.js'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { PolicyResource } from '@mailfleet/schema'
import { startDnsServer, type DnsServer, type Zone } from '../../../../../tests/support/dns-server.js'
import { domain, mailbox, password, settings, startMailNode, type MailNode } from '../smtp/test-support/mail-node.js'
import { sendMessage, WireClient } from '../smtp/test-support/wire-client.js'
import { readAll } from '../store/test-support/store-fixture.js'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const record = `v=DKIM1; p=${publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`
const zone: Zone = {
  'good.test TXT': [['v=spf1 ip4:127.0.0.0/8 -all']],
  '_dmarc.good.test TXT': [['v=DMARC1; p=reject']],
  'strict.test TXT': [['v=spf1 -all']],
  '_dmarc.strict.test TXT': [['v=DMARC1; p=reject']],
  's._domainkey.strict.test TXT': [record.match(/.{1,255}/g)!],
  'careful.test TXT': [['v=spf1 -all']],
  '_dmarc.careful.test TXT': [['v=DMARC1; p=quarantine']],
  'silent.test TXT': 'SILENCE',
  '_dmarc.silent.test TXT': 'SILENCE',
}
let dns: DnsServer
let node: MailNode
beforeAll(async () => {
  dns = await startDnsServer(zone)
  node = await startMailNode({
    resources: [settings(), domain('here.test'), mailbox('ann@here.test'), mailbox('bob@here.test')],
    authentication: { dnsServers: [dns.address], loopback: true, deadlineMs: 1_500 },
  })
})
afterAll(async () => {
  await node?.stop()
  await dns?.close()
})
afterEach(() => node.apply(policy('JUNK', 'd-here.test'), policy('JUNK', 'm-bob@here.test')))

const policy = (value: string, objectId: string): PolicyResource => ({
  kind: 'Policy',
  id: `p-${objectId}`,
  level: objectId.startsWith('d-') ? 'DOMAIN' : 'MAILBOX',
  objectId,
  revision: 7,
  settings: { DMARC: { value } },
})

let count = 0
const message = (from: string, more = '', body = 'Hello\r\n'): string =>
  `From: ${from}\r\nTo: ann@here.test\r\nSubject: no ${++count}\r\nMessage-ID: <${count}@x.test>\r\n` +
  `Date: Tue, 24 Nov 2026 20:00:00 +0000\r\n${more}\r\n${body}`

async function receive(reversePath: string, text: string, to = ['ann@here.test']): Promise<string> {
  const client = await WireClient.open(node.mx)
  try {
    return await sendMessage(client, reversePath, to, text)
  } finally {
    client.close()
  }
}
const lastIn = async (folder = 'INBOX', account = 'ann@here.test'): Promise<string> => {
  const info = await node.store.mailbox(`m-${account}`, folder)
  const { uids } = await node.store.snapshot(info!.id)
  return (await readAll(await node.store.open(info!.id, uids.at(-1)!))).toString('latin1')
}
const resultsOf = (text: string): string[] =>
  text
    .split(/\r\n(?![ \t])/)
    .filter((field) => /^Authentication-Results:/i.test(field))
    .map((field) => field.replace(/\r\n[ \t]+/g, ' '))

async function signed(domainName: string, text: string, more: object = {}, all: object = {}): Promise<string> {
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const { signatures } = await dkimSign(text, {
    canonicalization: 'relaxed/relaxed',
    algorithm: 'rsa-sha256',
    signTime: new Date(),
    signatureData: [{ signingDomain: domainName, selector: 's', privateKey: pem, ...more }],
    ...all,
    // Its types know one key alone.
  } as never)
  return `${signatures.replace(/\r?\n/g, '\r\n')}${text}`
}

test('what is vouched for is delivered, and said to be', async () => {
  expect(await receive('eve@good.test', message('Eve <eve@good.test>'))).toMatch(/^250/)
  const text = await lastIn()
  expect(text).toMatch(
    /^Return-Path: <eve@good\.test>\r\nDelivered-To: ann@here\.test\r\nAuthentication-Results: mx\.here\.test;\r\n\tiprev=/,
  )
  expect(resultsOf(text)[0]).toMatch(
    /; spf=pass smtp\.mailfrom=good\.test; dkim=none; arc=none; dmarc=pass header\.from=good\.test policy\.published-domain-policy=reject$/,
  )
  const [accepted] = node.events('ACCEPTED').filter(({ subject }) => subject === `no ${count}`)
  expect(accepted!.authentication).toMatch(/^iprev=.*; spf=pass .*; dmarc=pass /)
})

test('a signature vouches for mail that comes another way', async () => {
  expect(await receive('list@other.test', await signed('strict.test', message('eve@strict.test')))).toMatch(/^250/)
  expect(resultsOf(await lastIn())[0]).toMatch(
    /spf=none smtp\.mailfrom=other\.test; dkim=pass header\.d=strict\.test header\.s=s header\.a=rsa-sha256 header\.b=\S{8,10}; arc=none; dmarc=pass/,
  )
})

test('a message that is held in a file is verified as one in memory', async () => {
  const text = await signed('strict.test', message('eve@strict.test', '', `${'x'.repeat(70)}\r\n`.repeat(6_000)))
  expect(await receive('list@other.test', text)).toMatch(/^250/)
  expect(resultsOf(await lastIn())[0]).toContain('dkim=pass header.d=strict.test')
})

describe('forged results', () => {
  test.each([
    'Authentication-Results: mx.here.test; dmarc=pass header.from=bank.test',
    'authentication-results:MX.Here.Test;dkim=pass',
    'Authentication-Results: mx.here.test. 1; spf=pass',
    'Authentication-Results:\r\n\t(a comment) "mx.here.test" (another) 1;\r\n\tspf=pass',
    'Authentication-Results: m\\x.here.test; spf=pass',
    'Authentication-Results: "mx.\\here.test"; spf=pass',
    'Authentication-Results : mx.here.test; spf=pass',
    'Authentication-Results: ; spf=pass',
    'Authentication-Results: mx.here.test(x); spf=pass',
  ])('%j go', async (field) => {
    expect(await receive('eve@good.test', message('eve@good.test', `${field}\r\n`))).toMatch(/^250/)
    const results = resultsOf((await lastIn()).replace('Authentication-Results :', 'Authentication-Results:'))
    if (field.includes('m\\x')) expect(results.slice(1)).toHaveLength(1)
    else expect(results).toHaveLength(1)
    expect(results[0]).toContain('dmarc=pass header.from=good.test')
  })

  test('those of others stay', async () => {
    await receive('eve@good.test', message('eve@good.test', 'Authentication-Results: mx.other.test; spf=pass\r\n'))
    expect(resultsOf(await lastIn())).toContain('Authentication-Results: mx.other.test; spf=pass')
  })

  test('what is submitted has none', async () => {
    const client = await WireClient.open(node.submissions, { tls: true })
    await client.say('EHLO client.test')
    await client.say(`AUTH PLAIN ${Buffer.from(`\0bob@here.test\0${password}`).toString('base64')}`)
    const text = message('bob@here.test', 'Authentication-Results: mx.here.test; dkim=pass\r\n')
    expect(await sendMessage(client, 'bob@here.test', ['ann@here.test'], text)).toMatch(/^250/)
    client.close()
    expect(resultsOf(await lastIn())).toEqual([])
  })
})

describe('mail that nobody vouches for', () => {
  const spoofed = () => message('boss@strict.test')

  test.each(['strict.test', 'careful.test', 'deep.below.strict.test'])('from %s is junk', async (from) => {
    expect(await receive('x@other.test', message(`boss@${from}`))).toMatch(/^250/)
    expect(resultsOf(await lastIn('Junk'))[0]).toContain('dmarc=fail')
    const [delivered] = node.events('DELIVERED').filter(({ subject }) => subject === `no ${count}`)
    expect(delivered).toMatchObject({ folder: 'Junk' })
  })

  test('is only noted where a policy says so', async () => {
    node.apply(policy('NOTE', 'd-here.test'))
    expect(await receive('x@other.test', spoofed())).toMatch(/^250/)
    expect(await lastIn()).toContain(`Subject: no ${count}\r\n`)
  })

  test('is refused where a policy does as the domain asks', async () => {
    node.apply(policy('ENFORCE', 'd-here.test'))
    expect(await receive('x@other.test', spoofed())).toMatch(/^550 5\.7\.1 .*DMARC/)
    expect(node.events('REFUSED').at(-1)).toMatchObject({
      policyKind: 'DMARC',
      policyId: 'p-d-here.test',
      policyRevision: 7,
      authentication: expect.stringContaining('dmarc=fail header.from=strict.test') as string,
    })
    expect(await receive('x@other.test', message('boss@careful.test'))).toMatch(/^250/)
    expect(await lastIn('Junk')).toContain(`Subject: no ${count}\r\n`)
  })

  test('is junk for whom would refuse it, where others would not', async () => {
    node.apply(policy('ENFORCE', 'd-here.test'), policy('NOTE', 'm-bob@here.test'))
    expect(await receive('x@other.test', spoofed(), ['ann@here.test', 'bob@here.test'])).toMatch(/^250/)
    expect(await lastIn('Junk')).toContain(`Subject: no ${count}\r\n`)
    expect(await lastIn('INBOX', 'bob@here.test')).toContain(`Subject: no ${count}\r\n`)
  })

  test('is not taken for bad where DNS is silent', async () => {
    expect(await receive('x@silent.test', message('boss@silent.test'))).toMatch(/^250/)
    expect(resultsOf(await lastIn())[0]).toMatch(/spf=temperror .*dmarc=temperror/)
  })
})

describe('what could be taken for vouched for', () => {
  const refusedWith = async (text: string): Promise<string> => {
    node.apply(policy('ENFORCE', 'd-here.test'))
    expect(await receive('x@other.test', text)).toMatch(/^550 5\.7\.1/)
    return node.events('REFUSED').at(-1)!.authentication!
  }

  test('a body that something was appended to, under l=', async () => {
    const text = await signed('strict.test', message('boss@strict.test'), { maxBodyLength: 7 })
    expect(text).toContain('l=7')
    expect(await refusedWith(text)).toMatch(/dkim=policy reason="covers a part of the body only"/)
    expect(await refusedWith(`${text}Pay here\r\n`)).toMatch(/dkim=policy/)
  })

  test('a changed body or subject', async () => {
    const text = await signed('strict.test', message('boss@strict.test'))
    expect(await refusedWith(`${text}Pay here\r\n`)).toMatch(/dkim=(neutral|fail) reason="body hash did not verify"/)
    expect(await refusedWith(text.replace('Subject: ', 'Subject: Re: '))).toMatch(/dkim=fail reason="bad signature"/)
  })

  test('a second author', async () => {
    expect(await refusedWith(message('eve@good.test, boss@strict.test'))).toContain(
      'dmarc=fail header.from=strict.test',
    )
    expect(await refusedWith(message('eve@good.test', 'From: boss@strict.test\r\n'))).toContain('dmarc=fail')
    expect(await refusedWith(message('"eve@good.test" <boss@strict.test>'))).toContain('dmarc=fail')
  })

  test('a signature of another domain, or by its i=', async () => {
    const text = (await signed('strict.test', message('boss@strict.test'))).replace(
      'd=strict.test',
      'd=evil.test; i=@strict.test',
    )
    expect(await refusedWith(text)).toContain('signs for another domain')
  })

  test('a signature that does not cover From', async () => {
    const text = await signed('strict.test', message('boss@strict.test'), {}, { headerList: 'subject:to' })
    expect(await refusedWith(text)).toContain('does not cover From')
  })

  test('hundreds of signatures', async () => {
    const text = await signed('strict.test', message('boss@strict.test'))
    const one = text.slice(0, text.indexOf('From:')).replace('s=s', 's=none')
    expect(await refusedWith(one.repeat(100) + message('boss@strict.test'))).toContain('dkim=none')
    expect(await refusedWith(one.repeat(15) + text)).toContain('too many signatures')
  })
})

test.each([
  ['DKIM-Signature', ';', 'dkim=permerror reason="too long a field"'],
  ['DKIM-Signature', 'x;', 'dkim=permerror reason="too long a field"'],
  ['ARC-Seal', ';a=', 'arc=fail reason="too long a field"'],
  ['Subject', '\r\n ', 'arc=fail reason="too much to verify"'],
])('a %s field of nothing but %j is not looked into: mailauth takes seconds for it', async (name, filling, result) => {
  const signature =
    'DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=strict.test; s=s; h=from:subject; bh=x; b=x\r\n'
  const hostile = `${name}: v=1; ${filling.repeat(64_000 / filling.length)}x\r\n`
  expect(await receive('x@other.test', signature + message('eve@other.test', hostile))).toMatch(/^250/)
  expect(resultsOf(await lastIn())[0]).toContain(result)
})

test('what a stranger says is one line of text in the field', async () => {
  const client = await WireClient.open(node.mx)
  await sendMessage(
    client,
    '',
    ['ann@here.test'],
    message('eve@good.test', 'DKIM-Signature: v=1; a=rsa-sha256; d=x"\\y.test; s=a(b; h=from; bh=x; b=x\r\n'),
  )
  client.close()
  const [field] = resultsOf(await lastIn('Junk'))
  expect(field).not.toMatch(/; ?dmarc=pass/)
  expect(field).toMatch(/; dkim=permerror reason="[^"]*" header\.d="x(?:[^"\\]|\\.)*" header\.a=rsa-sha256; arc=none;/)
})
