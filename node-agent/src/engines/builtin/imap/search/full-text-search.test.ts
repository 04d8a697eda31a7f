/** SEARCH with the full-text index answers what reading every message answers, wherever the index is. */
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bufferSource, foldText, holdsText, readSearchedHeader, searchedBodyTexts } from '../../message/index.js'
import { indexAccount, openIndexedShard, type IndexedShard } from '../../store/full-text/index-account.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'

let fixture: ImapFixture
let client: ImapTestClient
let shard: IndexedShard

beforeAll(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
  shard = openIndexedShard(join(fixture.spoolDirectory, 'store', 'shard-00'))
})
afterAll(async () => {
  shard.db.close()
  shard.reader.close()
  await fixture.close()
})

const words = fc.constantFrom(
  ...['thư', 'thứ', 'THU', 'Đường phố', 'duong', 'gửi bạn', 'ΣΟΦΟΣ', 'Größe', 'ﬁne', 'e\u0301te\u0301', 'Ñandú'],
  ...[
    '会议很重要',
    '東京',
    'お知らせ',
    '안녕하세요',
    'дом',
    'नमस्ते',
    '😀👍🏽',
    '"quoted"',
    'a*b',
    '(x)',
    'the end',
    'AND',
    "it's",
  ],
)
const text = fc.array(words, { minLength: 1, maxLength: 6 }).map((some) => some.join(' '))
const base64 = (value: string): string => Buffer.from(value).toString('base64')
const quotedPrintable = (value: string): string =>
  [...Buffer.from(value)].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('')
const part = fc.oneof(
  text.map((value) => `Content-Type: text/plain; charset=utf-8\r\n\r\n${value.replace(' ', '\r\n')}`),
  text.map(
    (value) => `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(value)}`,
  ),
  text.map(
    (value) =>
      `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n${quotedPrintable(value)}`,
  ),
  text.map(
    (value) =>
      `Content-Type: application/pdf; name="=?utf-8?B?${base64(value)}?="\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64('octets')}`,
  ),
  text.map((value) => `Content-Type: message/rfc822\r\n\r\nSubject: =?utf-8?B?${base64(value)}?=\r\n\r\n${value}`),
)
const message = fc
  .tuple(text, fc.oneof(part, fc.array(part, { minLength: 1, maxLength: 3 })))
  .map(([subject, body]) => {
    const head = `From: a@example.org\r\nSubject: =?utf-8?B?${base64(subject)}?=\r\nMIME-Version: 1.0\r\n`
    if (typeof body === 'string') return head + body
    return `${head}Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n${body.join('\r\n--b\r\n')}\r\n--b--\r\n`
  })
const needle = fc.oneof(
  words,
  text,
  words.map((word) => word.toUpperCase()),
  words.map((word) => word.normalize('NFD').replace(/\p{M}/gu, '')),
  fc.tuple(text, fc.nat(8), fc.integer({ min: 1, max: 6 })).map(([value, at, length]) => {
    const characters = [...value]
    const from = at % characters.length
    return characters.slice(from, from + length).join('')
  }),
  fc.constantFrom('rfc822', 'return-path', 'bounce', 'name=', 'subject: ', 'octets'),
)
const step = fc.record({
  messages: fc.array(message, { minLength: 2, maxLength: 8 }),
  batches: fc.nat(4),
  needles: fc.array(fc.tuple(fc.constantFrom('TEXT', 'BODY'), needle), { minLength: 1, maxLength: 4 }),
})

class Stopped extends Error {}

/** Three messages a batch, ended after some batches as by a kill. */
async function indexSome(batches: number): Promise<void> {
  let left = batches
  const rest = async (): Promise<void> => {
    if (--left <= 0) throw new Stopped()
  }
  if (batches === 0) return
  await indexAccount(shard, 'alice', 1, { messagesPerBatch: 3, enter: () => true, leave: () => undefined, rest }).catch(
    (error: unknown) => {
      if (!(error instanceof Stopped)) throw error
    },
  )
}

async function holds(octets: Buffer, key: string, sought: string): Promise<boolean> {
  const source = bufferSource(octets)
  const headerSize = octets.indexOf('\r\n\r\n') + 4
  const folded = foldText(sought)
  if (key === 'TEXT' && holdsText((await readSearchedHeader(source, headerSize)).text, folded)) return true
  for await (const body of searchedBodyTexts(source)) if (holdsText(body, folded)) return true
  return false
}

let mailboxes = 0

test('for random messages and texts, while the index lags', { timeout: 120_000 }, async () => {
  let told = 0
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 4 }), async (steps) => {
      const name = `box${mailboxes++}`
      const { id } = await fixture.store.createMailbox('alice', name)
      const stored: Buffer[] = []
      for (const { messages, batches, needles } of steps) {
        for (const octets of messages.map((source) => Buffer.from(source))) {
          const prefix = Buffer.from(`Return-Path: <bounce${stored.length % 3}@example.net>\r\n`)
          await fixture.store.deliver({ size: octets.length, buffer: octets }, [
            { accountId: 'alice', mailbox: name, prefix },
          ])
          stored.push(Buffer.concat([prefix, octets]))
        }
        await indexSome(batches)
        told += (await fixture.store.findText(id, [{ text: 'any', inHeader: true }])).known.size
        await client.ok(`SELECT ${name}`)
        for (const [key, sought] of needles) {
          const expected: number[] = []
          for (const [index, source] of stored.entries()) if (await holds(source, key, sought)) expected.push(index + 1)
          const octets = Buffer.from(sought).toString('latin1')
          const literal = `{${octets.length}+}\r\n${octets}`
          const [line] = await client.ok(`SEARCH CHARSET UTF-8 ${key} ${literal}`)
          expect(line?.replace(/^\* SEARCH ?/, ''), `${key} ${sought}`).toBe(expected.join(' '))
        }
      }
    }),
    { numRuns: 30, endOnFailure: true },
  )
  expect(told).toBeGreaterThan(0)
})
