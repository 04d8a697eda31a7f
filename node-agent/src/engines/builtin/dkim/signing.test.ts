/** What somebody submits goes out signed, and two verifiers of others agree: mailauth and, from apt, dkimpy. */
import { join } from 'node:path'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hasProgram, run } from '../../../../../tests/support/python.js'
import { eventually } from '../../../../../tests/support/eventually.js'
import { startSink, type Sink } from '../queue/test-support/sink.js'
import { domain, mailbox, password, settings, startMailNode, type MailNode } from '../smtp/test-support/mail-node.js'
import { sendMessage, WireClient } from '../smtp/test-support/wire-client.js'
import { signingDomain, signingKeys } from './test-support/signing-domain.js'

const hasDkimpy = hasProgram('dkimverify')
if (!hasDkimpy)
  console.warn('signatures are verified by mailauth alone: there is no dkimverify (apt install python3-dkim)')

const signed = signingDomain(domain('a.test'))
const idn = signingDomain(domain('xn--bcher-kva.test'))
const records = { ...signed.records, ...idn.records }
let sink: Sink
let node: MailNode
beforeAll(async () => {
  sink = await startSink()
  node = await startMailNode({
    resources: [
      settings({ outboundRoutes: [{ domain: '*', host: '127.0.0.1', port: sink.port, tls: 'NONE' }] }),
      signed,
      idn,
      domain('plain.test'),
      mailbox('ann@a.test'),
      mailbox('eve@a.test'),
      mailbox('ann@xn--bcher-kva.test'),
      mailbox('ann@plain.test'),
    ],
  })
})
afterAll(async () => {
  await node?.stop()
  await sink?.close()
})

async function submit(from: string, message: string | Buffer, to = 'x@out.test'): Promise<void> {
  const client = await WireClient.open(node.submissions, { tls: true })
  await client.say('EHLO client.test')
  await client.say(`AUTH PLAIN ${Buffer.from(`\0${from}\0${password}`).toString('base64')}`)
  expect(await sendMessage(client, from, [to], message)).toMatch(/^250/)
  client.close()
}

/** As the next hop has it. */
async function sentOut(from: string, message: string | Buffer): Promise<Buffer> {
  const before = sink.messages.length
  await submit(from, message)
  await eventually(
    () => sink.messages.length,
    (count) => count > before,
  )
  return Buffer.from(sink.messages.at(-1)!.text, 'latin1')
}

const resolver = async (name: string): Promise<string[][]> => {
  const record = records[name]
  if (record === undefined) throw Object.assign(new Error(name), { code: 'ENOTFOUND' })
  return [[record]]
}

async function verdicts(message: Buffer): Promise<{ mailauth: string[]; dkimpy: unknown[] }> {
  const { results } = await dkimVerify(message, { resolver: resolver as never })
  const mailauth = results.map(({ status }) => status.result)
  if (!hasDkimpy) return { mailauth, dkimpy: mailauth.map((result) => result === 'pass') }
  const input = JSON.stringify({ message: message.toString('base64'), records })
  const script = join(import.meta.dirname, '../../../../../tests/support/dkim_verify.py')
  const { stdout, stderr } = await run('/usr/bin/python3', [script], { input })
  if (stdout.length === 0) throw new Error(stderr)
  return { mailauth, dkimpy: JSON.parse(stdout.toString()) as unknown[] }
}
const bothVerify = { mailauth: ['pass', 'pass'], dkimpy: [true, true] }

const header = (from: string, more = ''): string =>
  `From: Ann <${from}>\r\nTo: x@out.test\r\nSubject: Hello\r\nDate: Tue, 24 Nov 2026 20:00:00 +0000\r\n` +
  `Message-ID: <1@a.test>\r\n${more}\r\n`
const message = (more = '', body = 'Hello\r\n'): string => header('ann@a.test', more) + body

describe('what is submitted', () => {
  test.each([
    ['text', message()],
    ['no body', header('ann@a.test')],
    ['empty lines at the end and dots at the begin', message('', '..a\r\n.b \t \r\n\r\n  c  d\r\n\r\n\r\n')],
    ['8-bit text and a raw header', Buffer.from(message('Comments: Thư\r\n', 'Tiếng Việt: thư điện tử\r\n'))],
    [
      'long folded fields',
      message(`Cc: ${Array.from({ length: 40 }, (_, at) => `p${at}@out.test`).join(',\r\n\t ')}\r\n`),
    ],
    ['no Date and no Message-ID', 'From: ann@a.test\r\nSubject:\r\n\r\nx\r\n'],
    ['list fields and a tag', `List-Id: <l.a.test>\r\nSender: ann@a.test\r\n${header('ann+tag@a.test')}x\r\n`],
    ['another signature', `DKIM-Signature: v=1; a=rsa-sha256; d=b.test; s=x; h=from; bh=x; b=x\r\n${message()}`],
    ['lines without end', message('', 'y'.repeat(3_000))],
  ])('with %s is signed by both keys', async (name, text) => {
    const out = await sentOut('ann@a.test', text)
    const { mailauth, dkimpy } = await verdicts(out)
    expect({ mailauth: mailauth.slice(0, 2), dkimpy: dkimpy.slice(0, 2) }).toEqual(bothVerify)
    expect(mailauth).toHaveLength(name === 'another signature' ? 3 : 2)
  })

  test('in a file is signed as in memory, and delivered here as sent out', async () => {
    const text = message('', `${'0123456789abcdef '.repeat(4)}\r\n`.repeat(40_000))
    expect(await verdicts(await sentOut('ann@a.test', text))).toEqual(bothVerify)
    await submit('ann@a.test', text, 'eve@a.test')
    const stored = (await node.inbox('eve@a.test')).at(-1)!
    expect(await verdicts(Buffer.from(stored, 'latin1'))).toEqual(bothVerify)
  })

  test('by a domain of other letters is signed by its A-labels', async () => {
    const out = await sentOut('ann@xn--bcher-kva.test', `${header('ann@xn--bcher-kva.test')}x\r\n`)
    expect(out.toString()).toContain('d=xn--bcher-kva.test; s=rsa;')
    expect(await verdicts(out)).toEqual(bothVerify)
  })

  test('by a domain without keys goes as it is', async () => {
    expect((await sentOut('ann@plain.test', `${header('ann@plain.test')}x\r\n`)).toString()).not.toMatch(/DKIM/i)
  })

  test('without an empty line after its fields is not signed: where the body begins is for readers to guess', async () => {
    expect((await sentOut('ann@a.test', 'From: ann@a.test\r\ntext\r\n')).toString()).not.toMatch(/DKIM/i)
  })

  test('is not held up by a key that is none', async () => {
    const broken = {
      id: 'k',
      selector: 'bad',
      algorithm: 'RSA_SHA256' as const,
      privateKey: Buffer.alloc(48).toString('base64'),
    }
    const mixed = {
      id: 'm',
      selector: 'mixed',
      algorithm: 'RSA_SHA256' as const,
      privateKey: signingKeys('x.test').dkimKeys[1]!.privateKey,
    }
    node.apply({ ...signed, dkimKeys: [broken, mixed, signed.dkimKeys[1]!] })
    const out = await sentOut('ann@a.test', message())
    expect((await verdicts(out)).mailauth).toEqual(['pass'])
    node.apply(signed)
  })
})

describe('a signature', () => {
  let out: Buffer
  beforeAll(async () => {
    out = await sentOut('ann@a.test', message('Cc: y@out.test\r\n'))
  })

  test('has no l=, and names what must not be added once more than it is there', () => {
    const fields = out
      .toString()
      .split(/\r\n(?![ \t])/)
      .filter((field) => /^DKIM-Signature:/.test(field))
    expect(fields).toHaveLength(2)
    for (const field of fields) {
      const tags = new Map(
        field
          .slice(15)
          .split(';')
          .map((tag) => tag.trim().split(/=(.*)/s) as [string, string]),
      )
      expect([...tags.keys()]).toEqual(['v', 'a', 'c', 'd', 's', 't', 'h', 'bh', 'b'])
      const names = tags.get('h')!.replace(/\s/g, '').split(':')
      const times = (name: string) => names.filter((each) => each === name).length
      for (const name of ['from', 'to', 'cc', 'subject', 'date', 'message-id'])
        expect([name, times(name)]).toEqual([name, 2])
      for (const name of ['reply-to', 'in-reply-to', 'references', 'content-type', 'mime-version'])
        expect(times(name)).toBe(1)
      for (const line of field.split('\r\n')) expect(line.length).toBeLessThanOrEqual(78)
    }
  })

  test.each([
    ['a second From in front', (text: string) => `From: bob@b.test\r\n${text}`],
    ['a second Subject behind', (text: string) => text.replace('\r\n\r\n', '\r\nSubject: Other\r\n\r\n')],
    ['a Reply-To', (text: string) => text.replace('\r\n\r\n', '\r\nReply-To: bob@b.test\r\n\r\n')],
    ['a Content-Type', (text: string) => text.replace('\r\n\r\n', '\r\nContent-Type: text/html\r\n\r\n')],
    ['a line of text', (text: string) => `${text}More\r\n`],
    ['another recipient', (text: string) => text.replace('Cc: y@', 'Cc: z@')],
  ])('does not hold for a message with %s', async (_name, change) => {
    const { mailauth, dkimpy } = await verdicts(Buffer.from(change(out.toString('latin1')), 'latin1'))
    expect(mailauth).not.toContain('pass')
    expect(dkimpy).not.toContain(true)
  })

  test('holds through what transport does: trace fields and white space', async () => {
    const text = out
      .toString('latin1')
      .replace('Subject: Hello', 'Subject:\r\n\t Hello ')
      .replace('Hello\r\n', 'Hello \t\r\n\r\n')
    expect(await verdicts(Buffer.from(`Received: by z.test; x\r\n${text}`, 'latin1'))).toEqual(bothVerify)
  })
})
