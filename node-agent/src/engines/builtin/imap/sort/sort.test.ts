/** SORT over a real server. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { summarizeMessage } from '../../message/index.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { firstAddress } from './envelope-addresses.js'

let fixture: ImapFixture
let client: ImapTestClient

const messages = [
  [
    'From: "Zoe" <bob@example.net>',
    'To: carol@x',
    'Cc: zed@x',
    'Subject: Re: beta',
    'Date: Wed, 3 Jan 2024 10:00:00 +0000',
  ],
  [
    'From: alice@example.net',
    'To: Anna <dave@x>',
    'Subject: [list] Alpha',
    'Date: Tue, 2 Jan 2024 10:00:00 +0000',
    'X: longer',
  ],
  ['From: =?utf-8?B?w4RubmU=?= <carl@x>', 'To: friends: eve@x;', 'Subject: Beta'],
  ['Subject: gamma (fwd)', 'Date: Tue, 2 Jan 2024 10:30:00 +0100'],
]

beforeAll(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
  for (const [index, header] of messages.entries()) {
    const message = `${header.join('\r\n')}\r\n\r\n`
    await client.ok(
      `APPEND INBOX "${String(10 - index).padStart(2, '0')}-Feb-2024 00:00:00 +0000" {${message.length}}\r\n${message}`,
    )
  }
  await client.ok('SELECT INBOX')
})
afterAll(() => fixture.close())

describe('SORT', () => {
  it.each([
    ['(ARRIVAL)', '4 3 2 1'],
    ['(REVERSE ARRIVAL)', '1 2 3 4'],
    ['(DATE)', '4 2 1 3'],
    ['(SUBJECT)', '2 1 3 4'],
    ['(REVERSE SUBJECT)', '4 1 3 2'],
    ['(SUBJECT REVERSE ARRIVAL)', '2 1 3 4'],
    ['(SUBJECT ARRIVAL)', '2 3 1 4'],
    ['(FROM)', '4 2 1 3'],
    ['(TO)', '4 1 2 3'],
    ['(CC)', '2 3 4 1'],
    ['(SIZE)', '4 3 1 2'],
    ['(DISPLAYFROM)', '4 2 3 1'],
    ['(DISPLAYTO)', '4 2 1 3'],
    ['(REVERSE DISPLAYFROM)', '1 3 2 4'],
  ])('%s gives %s', async (criteria, expected) => {
    expect(await client.ok(`SORT ${criteria} UTF-8 ALL`)).toEqual([`* SORT ${expected}`])
  })

  it('sorts only what the keys find, by UID too', async () => {
    expect(await client.ok('UID SORT (ARRIVAL) US-ASCII SUBJECT beta')).toEqual(['* SORT 3 1'])
    expect(await client.ok('SORT (ARRIVAL) UTF-8 SUBJECT nowhere')).toEqual(['* SORT'])
  })

  it.each([
    '',
    '() UTF-8 ALL',
    '(REVERSE) UTF-8 ALL',
    '(WEIGHT) UTF-8 ALL',
    '(DATE) UTF-8',
    '(DATE) UTF-8 FOO',
    'DATE UTF-8 ALL',
  ])('refuses %j', async (rest) => expect((await client.command(`SORT ${rest}`)).tagged).toMatch(/^BAD/))

  it('names the charsets that it knows', async () => {
    expect((await client.command('SORT (DATE) KOI8-R ALL')).tagged).toMatch(/^NO \[BADCHARSET/)
  })
})

describe('the first address of an envelope', () => {
  it('is what the message says, whatever octets it is made of', async () => {
    const word = fc.string({ unit: fc.constantFrom(...'ab"\\ ({})é'.split('')), minLength: 1, maxLength: 12 })
    await fc.assert(
      fc.asyncProperty(word, word, async (subject, name) => {
        const quoted = `"${name.replace(/["\\]/g, '\\$&')}"`
        const buffer = Buffer.from(`Subject: ${subject}\r\nFrom: ${quoted} <local@host>\r\nCc: ${quoted} <c@d>\r\n\r\n`)
        const { envelope } = await summarizeMessage({ size: buffer.length, buffer })
        const shown = name.trim()
        expect(firstAddress(envelope.toString('latin1'), 'from')).toEqual({
          mailbox: 'local',
          display: shown || 'local@host',
        })
        expect(firstAddress(envelope.toString('latin1'), 'cc').mailbox).toBe('c')
        expect(firstAddress(envelope.toString('latin1'), 'to')).toEqual({ mailbox: '', display: '' })
      }),
    )
  })
})
