/** FETCH of parts, sections and metadata over a real server. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { corpusFolder } from '../../../../../../tests/support/corpus.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'

let fixture: ImapFixture
let client: ImapTestClient
beforeAll(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
})
afterAll(() => fixture.close())

const lines = (...text: string[]): string => text.map((line) => `${line}\r\n`).join('')

const pieces = {
  textMime: lines('Content-Type: text/plain', ''),
  text: 'First part.',
  innerMime: lines('Content-Type: message/rfc822', ''),
  innerHeader: lines(
    'Subject: inner',
    'From: carol@example.com',
    'Content-Type: multipart/alternative; boundary=in',
    '',
  ),
  plainMime: lines('Content-Type: text/plain', ''),
  plain: 'inner plain',
  htmlMime: lines('Content-Type: text/html', ''),
  html: '<b>inner html</b>',
}
const innerText = `--in\r\n${pieces.plainMime}${pieces.plain}\r\n--in\r\n${pieces.htmlMime}${pieces.html}\r\n--in--`
const header = lines('Subject: outer', 'MIME-Version: 1.0', 'Content-Type: multipart/mixed; boundary=out', '')
const text =
  `preamble\r\n--out\r\n${pieces.textMime}${pieces.text}\r\n--out\r\n` +
  `${pieces.innerMime}${pieces.innerHeader}${innerText}\r\n--out--\r\n`

describe('sections of a nested message', () => {
  beforeAll(async () => {
    const whole = header + text
    await client.ok(`APPEND Archive {${whole.length}}\r\n${whole}`)
    await client.ok('SELECT Archive')
  })

  it.each([
    ['', header + text],
    ['HEADER', header],
    ['TEXT', text],
    ['1', pieces.text],
    ['1.MIME', pieces.textMime],
    ['2', pieces.innerHeader + innerText],
    ['2.MIME', pieces.innerMime],
    ['2.HEADER', pieces.innerHeader],
    ['2.TEXT', innerText],
    ['2.1', pieces.plain],
    ['2.1.MIME', pieces.plainMime],
    ['2.2', pieces.html],
    ['2.HEADER.FIELDS (SUBJECT)', 'Subject: inner\r\n\r\n'],
    ['2.HEADER.FIELDS.NOT (SUBJECT CONTENT-TYPE)', 'From: carol@example.com\r\n\r\n'],
    ['3', null],
    ['1.HEADER', null],
    ['2.1.1.1', null],
  ])('BODY[%s]', async (section, expected) => {
    const value = expected === null ? 'NIL' : `{${expected.length}}\r\n${expected}`
    expect(await client.ok(`FETCH 1 BODY.PEEK[${section}]`)).toEqual([`* 1 FETCH (BODY[${section}] ${value})`])
  })

  it('come in the order of the command, partial ones too', async () => {
    expect(await client.ok('UID FETCH 1 (BODY.PEEK[2.2]<3.5> BODY.PEEK[1]<0.5>)')).toEqual([
      '* 1 FETCH (UID 1 BODY[2.2]<3> {5}\r\ninner BODY[1]<0> {5}\r\nFirst)',
    ])
  })

  it.each([
    'BODY[',
    'BODY[0]',
    'BODY[1.]',
    'BODY[MIME]',
    'BODY[HEADER.FIELDS]',
    'BODY[HEADER.FIELDS ()]',
    'BODY[]<1>',
    'BODY[]<1.0>',
    'BODY[TEXT]<-1.2>',
    'BODY[1.FOO]',
    'FOO',
    '()',
    '(FLAGS',
    '(FAST)',
    'FLAGS UID',
    'FLAGS (CHANGEDSINCE)',
  ])('refuses %s', async (items) => {
    expect((await client.command(`FETCH 1 ${items}`)).tagged).toMatch(/^BAD/)
  })
})

describe('metadata', () => {
  it('answers the macros', async () => {
    const message = lines('Subject: a "b"', 'From: Bob <bob@example.net>', '', 'x')
    await client.ok(`APPEND Drafts (\\Draft) "17-Jul-1996 02:44:25 +0000" {${message.length}}\r\n${message}`)
    await client.ok('SELECT Drafts')
    const bob = '(("Bob" NIL "bob" "example.net"))'
    const fast = `FLAGS (\\Draft) INTERNALDATE "17-Jul-1996 02:44:25 +0000" RFC822.SIZE ${message.length}`
    const envelope = `ENVELOPE (NIL "a \\"b\\"" ${bob} ${bob} ${bob} NIL NIL NIL NIL NIL)`
    expect(await client.ok('FETCH 1 fast')).toEqual([`* 1 FETCH (${fast})`])
    expect(await client.ok('FETCH 1 ALL')).toEqual([`* 1 FETCH (${fast} ${envelope})`])
    const [full] = await client.ok('FETCH * FULL')
    expect(full).toMatch(/BODY \("TEXT" "PLAIN" .* "7BIT" 3 1\)\)$/i)
  })

  it('counts what was put before the content of one recipient', async () => {
    const content = Buffer.from(lines('Subject: delivered', '', 'body'))
    const prefix = lines('Return-Path: <bob@example.net>', 'Delivered-To: alice@example.org')
    await fixture.store.deliver({ size: content.length, buffer: content }, [
      { accountId: 'alice', mailbox: 'Junk', prefix: Buffer.from(prefix) },
    ])
    await client.ok('SELECT Junk')
    const whole = prefix + lines('Subject: delivered', '', 'body')
    expect(await client.ok('FETCH 1 (RFC822.SIZE RFC822.HEADER BODY.PEEK[TEXT] BODY.PEEK[1])')).toEqual([
      `* 1 FETCH (RFC822.SIZE ${whole.length} RFC822.HEADER {${whole.length - 6}}\r\n${whole.slice(0, -6)} ` +
        'BODY[TEXT] {6}\r\nbody\r\n BODY[1] {6}\r\nbody\r\n)',
    ])
  })
})

const files = await readdir(corpusFolder, { recursive: true, withFileTypes: true }).then(
  (entries) => entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)),
  () => [],
)

describe.skipIf(files.length === 0)('real messages (skipped where there are none)', () => {
  it('come out as they went in, and their parts lie within them', async () => {
    await client.ok('CREATE Corpus')
    const stored: string[] = []
    for (const file of files) {
      const octets = (await readFile(file)).toString('latin1')
      if (octets.includes('\0') || octets.length === 0) continue
      const { tagged } = await client.command(`APPEND Corpus {${octets.length}+}\r\n${octets}`)
      expect(tagged).toMatch(/^OK/)
      stored.push(octets)
    }
    await client.ok('SELECT Corpus')
    for (const [index, octets] of stored.entries()) {
      const [response] = await client.ok(
        `FETCH ${index + 1} (BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT] ENVELOPE BODYSTRUCTURE BODY)`,
      )
      expect(response).toContain(`BODY[] {${octets.length}}\r\n${octets} BODY[HEADER] `)
      const [parts] = await client.ok(`FETCH ${index + 1} (BODY.PEEK[1] BODY.PEEK[1.MIME] BODY.PEEK[2])`)
      expect(parts).toMatch(/^\* \d+ FETCH \(BODY\[1\] \{/)
    }
    for (const key of ['TEXT "the"', 'BODY "viagra"', 'SUBJECT "re"', 'FROM "com"', 'SENTSINCE 1-Jan-2000'])
      await client.ok(`SEARCH ${key}`)
  })
})
