/** SEARCH over a real server: each key, alone and combined. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'

let fixture: ImapFixture
let client: ImapTestClient

const lines = (...text: string[]): string => text.join('\r\n') + '\r\n'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

const messages = [
  // 1: encoded words, flags
  lines(
    'From: =?utf-8?B?SsO8cmdlbg==?= <jurgen@example.net>',
    'To: alice@example.org',
    'Cc: carol@example.com',
    'Subject: =?iso-8859-1?Q?Gr=FC=DFe?= from Berlin',
    'Date: Mon, 1 Jan 2024 23:30:00 -0500',
    'X-Empty:',
    '',
    'Plain text, nothing special.',
  ),
  // 2: bodies in other encodings
  lines(
    'From: dave@example.net',
    'To: "Alice L." <alice@example.org>',
    'Bcc: hidden@example.org',
    'Subject: Encoded',
    'Date: Tue, 2 Jan 2024 10:00:00 +0000',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    base64('Đã gửi thư cho bạn rồi'),
    '--b',
    'Content-Type: text/html; charset=iso-8859-1',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    '<p>Caf=E9 au la=',
    'it</p>',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'Subject: Inner letter',
    '',
    'A forwarded needle.',
    '--b--',
  ),
  // 3: no header worth the name
  lines('Subject: third', '', 'word one', 'two words'),
]

beforeAll(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
  const dates = ['" 5-Feb-2024 10:00:00 +0000"', '" 6-Feb-2024 00:30:00 +0200"', '" 7-Feb-2024 10:00:00 +0000"']
  const flags = ['(\\Seen \\Answered $Work)', '(\\Flagged)', '(\\Draft \\Deleted)']
  for (const [index, message] of messages.entries())
    await client.ok(`APPEND INBOX ${flags[index]} ${dates[index]} {${message.length}}\r\n${message}`)
  await client.ok('SELECT INBOX')
})
afterAll(() => fixture.close())

const search = async (keys: string): Promise<string> => {
  const utf8 = Buffer.from(keys, 'utf8').toString('latin1')
  return (await client.ok(`SEARCH ${utf8}`)).join('\n').replace('* SEARCH', '').trim()
}
/** As a literal, which may hold any text. */
const text = (value: string): string => `{${Buffer.byteLength(value)}}\r\n${value}`

describe('SEARCH', () => {
  it.each([
    ['ALL', '1 2 3'],
    ['2:*', '2 3'],
    ['*', '3'],
    ['1,3', '1 3'],
    ['UID 2:9', '2 3'],
    ['SEEN', '1'],
    ['UNSEEN', '2 3'],
    ['ANSWERED', '1'],
    ['UNANSWERED', '2 3'],
    ['FLAGGED', '2'],
    ['UNFLAGGED', '1 3'],
    ['DRAFT', '3'],
    ['UNDRAFT', '1 2'],
    ['DELETED', '3'],
    ['UNDELETED', '1 2'],
    ['KEYWORD $work', '1'],
    ['UNKEYWORD $Work', '2 3'],
    ['RECENT', '1 2 3'],
    ['NEW', '2 3'],
    ['OLD', ''],
    ['SINCE 6-Feb-2024', '3'],
    ['BEFORE 6-Feb-2024', '1 2'],
    ['ON "5-Feb-2024"', '1 2'],
    ['SENTON 1-Jan-2024', '1'],
    ['SENTSINCE 2-Jan-2024', '2'],
    ['SENTBEFORE 2-Jan-2024', '1'],
    ['OLDER 86400', '1 2 3'],
    ['YOUNGER 86400', ''],
    ['YOUNGER 4294967295', '1 2 3'],
    ['LARGER 400', '2'],
    ['SMALLER 100', '3'],
    ['SUBJECT "grüße"', '1'],
    ['SUBJECT berlin', '1'],
    ['FROM "JÜRGEN"', '1'],
    ['FROM example.net', '1 2'],
    ['TO "alice l."', '2'],
    ['TO alice@example.org', '1 2'],
    ['CC carol', '1'],
    ['BCC hidden', '2'],
    ['HEADER X-Empty ""', '1'],
    ['HEADER X-None ""', ''],
    ['HEADER subject inner', ''],
    ['HEADER Mime-Version 1.0', '2'],
    ['BODY special', '1'],
    ['BODY "gửi thư"', '2'],
    ['BODY "gui thu"', '2'],
    ['BODY "gửi thứ"', ''],
    ['TEXT "da gui"', '2'],
    ['SUBJECT grusse', ''],
    ['SUBJECT "gruße"', '1'],
    ['BODY "CAFÉ AU LAIT"', '2'],
    ['BODY needle', '2'],
    ['BODY "one two"', '3'],
    ['BODY third', ''],
    ['TEXT third', '3'],
    ['TEXT "inner letter"', '2'],
    ['TEXT "dave@example.net"', '2'],
    ['TEXT nowhere', ''],
    ['NOT SEEN', '2 3'],
    ['NOT NOT SEEN', '1'],
    ['OR SEEN DELETED', '1 3'],
    ['OR (SEEN FLAGGED) DRAFT', '3'],
    ['OR BODY special SUBJECT third', '1 3'],
    ['NOT BODY special', '2 3'],
    ['UNSEEN LARGER 400', '2'],
    ['(2:3) (UNSEEN)', '2 3'],
    ['CHARSET UTF-8 SUBJECT "Grüße"', '1'],
    ['CHARSET US-ASCII SUBJECT berlin', '1'],
    ['9', ''],
  ])('%s finds %s', async (keys, expected) => {
    expect(await search(keys)).toBe(expected)
  })

  it('tells the young from the old, each by its own second', async () => {
    const other = await fixture.signIn()
    await other.ok('CREATE Ages')
    const hourAgo = new Date(Date.now() - 3_600_000).toUTCString().split(' ')
    const date = `"${hourAgo[1]}-${hourAgo[2]}-${hourAgo[3]} ${hourAgo[4]} +0000"`
    await other.ok(`APPEND Ages ${date} {3}\r\nold`)
    await other.ok('APPEND Ages {5}\r\nyoung')
    await other.ok('SELECT Ages')
    expect(await other.ok('SEARCH YOUNGER 3500')).toEqual(['* SEARCH 2'])
    expect(await other.ok('SEARCH OLDER 3500')).toEqual(['* SEARCH 1'])
    expect(await other.ok('SEARCH YOUNGER 4000')).toEqual(['* SEARCH 1 2'])
    expect(await other.ok('SEARCH OLDER 4000')).toEqual(['* SEARCH'])
    other.destroy()
    await expect.poll(() => fixture.server.connections()).toBe(1)
  })

  it('takes text as literals', async () => {
    expect(await search(`CHARSET UTF-8 BODY ${text('gửi thư')} UNSEEN`)).toBe('2')
  })

  it('answers by UID', async () => {
    expect(await client.ok('UID SEARCH FLAGGED')).toEqual(['* SEARCH 2'])
  })

  it('returns what RETURN asks for', async () => {
    expect(await client.ok('SEARCH RETURN (MIN MAX COUNT) ALL')).toEqual([
      expect.stringMatching(/^\* ESEARCH \(TAG "t\d+"\) MIN 1 MAX 3 COUNT 3$/),
    ])
    expect(await client.ok('UID SEARCH RETURN () UNSEEN')).toEqual([
      expect.stringMatching(/^\* ESEARCH \(TAG "t\d+"\) UID ALL 2:3$/),
    ])
    expect(await client.ok('SEARCH RETURN (ALL COUNT) SUBJECT nowhere')).toEqual([
      expect.stringMatching(/^\* ESEARCH \(TAG "t\d+"\) COUNT 0$/),
    ])
    expect((await client.ok('SEARCH RETURN (MIN) MODSEQ 1')).slice(-1)).toEqual([
      expect.stringMatching(/^\* ESEARCH \(TAG "t\d+"\) MIN 1 MODSEQ \d+$/),
    ])
  })

  describe('SAVE', () => {
    it('keeps the result for $, without a response of its own', async () => {
      expect(await client.ok('SEARCH RETURN (SAVE) UNSEEN')).toEqual([])
      expect(await client.ok('FETCH $ UID')).toEqual(['* 2 FETCH (UID 2)', '* 3 FETCH (UID 3)'])
      expect(await client.ok('UID FETCH $ UID')).toEqual(['* 2 FETCH (UID 2)', '* 3 FETCH (UID 3)'])
      expect(await search('$ FLAGGED')).toBe('2')
      expect(await search('NOT UID $')).toBe('1')
      expect(await search('OR ($) SEEN')).toBe('1 2 3')
    })

    it.each([
      ['SAVE MIN', '1'],
      ['SAVE MAX', '3'],
      ['MIN MAX SAVE', '1 3'],
      ['MIN SAVE COUNT', '1 2 3'],
      ['ALL SAVE', '1 2 3'],
      ['SAVE COUNT', '1 2 3'],
    ])('of (%s) keeps %s', async (options, expected) => {
      expect(await client.ok(`SEARCH RETURN (${options}) ALL`)).toHaveLength(1)
      expect(await search('$')).toBe(expected)
    })

    it('keeps what it had after BAD, and nothing after NO or where nothing was found', async () => {
      await client.ok('SEARCH RETURN (SAVE) 2')
      expect((await client.command('SEARCH RETURN (SAVE) FOO')).tagged).toMatch(/^BAD/)
      await client.ok('SEARCH SEEN')
      expect(await search('$')).toBe('2')
      expect((await client.command('SEARCH RETURN (SAVE) CHARSET KOI8-R ALL')).tagged).toMatch(/^NO/)
      expect(await search('$')).toBe('')
      expect(await client.ok('FETCH $ UID')).toEqual([])
      await client.ok('SEARCH RETURN (SAVE) 2')
      await client.ok('SEARCH RETURN (SAVE) SUBJECT nowhere')
      expect(await search('$')).toBe('')
    })

    it('forgets what is expunged, and everything with the mailbox', async () => {
      const other = await fixture.signIn()
      await other.ok('CREATE Saved')
      for (const subject of ['1', '2', '3']) await other.ok(`APPEND Saved {12}\r\nSubject: ${subject}\r\n`)
      await other.ok('SELECT Saved')
      await other.ok('SEARCH RETURN (SAVE) ALL')
      await other.ok('STORE 2 +FLAGS.SILENT (\\Deleted)')
      await other.ok('UID EXPUNGE $')
      await other.ok('APPEND Saved {12}\r\nSubject: 4\r\n')
      expect(await other.ok('UID SEARCH $')).toEqual(['* SEARCH 1 3'])
      expect((await other.command('MOVE $ Archive')).untagged).toHaveLength(3)
      await other.ok('SEARCH RETURN (SAVE) ALL')
      await other.ok('SELECT Saved')
      expect(await other.ok('SEARCH $')).toEqual(['* SEARCH'])
      other.destroy()
      await expect.poll(() => fixture.server.connections()).toBe(1)
    })
  })

  it.each([
    'FOO',
    'SUBJECT',
    '(SEEN',
    'SEEN)',
    'OR SEEN',
    'NOT',
    '()',
    'ON 31-Feb-2024',
    'LARGER x',
    'OLDER 0',
    'YOUNGER -1',
    'YOUNGER',
    'RETURN (SAVED) ALL',
    'SINCE 2024-02-05',
    `${'('.repeat(60)}SEEN${')'.repeat(60)}`,
    'SUBJECT "\xff"',
    '',
  ])('refuses %j', async (keys) => {
    expect((await client.command(`SEARCH ${keys}`)).tagged).toMatch(/^BAD/)
  })

  it('names the charsets that it knows', async () => {
    expect((await client.command('SEARCH CHARSET KOI8-R ALL')).tagged).toMatch(/^NO \[BADCHARSET \(UTF-8 US-ASCII\)\]/)
  })

  it('does not outlive its client', async () => {
    const other = await fixture.signIn()
    await other.ok('SELECT INBOX')
    other.send('a SEARCH TEXT nowhere\r\n'.repeat(50))
    other.destroy()
    await expect.poll(() => fixture.server.connections()).toBe(1)
  })
})
