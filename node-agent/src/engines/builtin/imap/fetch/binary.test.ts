/** BINARY over a real server, and the decoder behind it. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeTransfer } from '../../message/transfer-encoding.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { transferDecoder } from './transfer-decoder.js'

describe('the transfer decoder', () => {
  it.each(['base64', 'quoted-printable', '8BIT'])('decodes %s the same, however it is cut', (encoding) => {
    const text = fc.string({ unit: fc.constantFrom(...'=AF03 \t\r\nQ+/x'.split('')), maxLength: 80 })
    fc.assert(
      fc.property(text, fc.array(fc.nat(80), { maxLength: 6 }), (given, cuts) => {
        const octets = Buffer.from(given)
        const decode = transferDecoder(encoding)!
        const ends = [...cuts.filter((cut) => cut < octets.length).sort((a, b) => a - b), octets.length]
        const pieces = ends.map((end, index) => decode(octets.subarray(ends[index - 1] ?? 0, end)))
        expect(Buffer.concat([...pieces, decode(null)]).toString('latin1')).toBe(
          decodeTransfer(octets, encoding).toString('latin1'),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('holds no more than a line of what has no lines', () => {
    const decode = transferDecoder('quoted-printable')!
    let length = 0
    for (let count = 0; count < 20; count++) length += decode(Buffer.from('=41'.repeat(10_000))).length
    expect(length).toBeGreaterThan(150_000)
    expect(length + decode(null).length).toBe(200_000)
  })

  it('takes white space off the ends of lines', () => {
    const decode = transferDecoder('quoted-printable')!
    expect(decode(Buffer.from('a \t\r\n b = \r\nc=20\r\n')).toString()).toBe('a\r\n b c \r\n')
  })

  it('knows what it does not know', () => expect(transferDecoder('x-uuencode')).toBeNull())
})

describe('FETCH BINARY', () => {
  let fixture: ImapFixture
  let client: ImapTestClient
  const octets = Buffer.from(Array.from({ length: 200_000 }, (_, index) => (index * 7) % 256))
  const encoded = octets.toString('base64').replace(/.{76}/g, '$&\r\n')
  const message = [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    'caf=C3=A9 = \t',
    'noir',
    '--b',
    'Content-Type: application/octet-stream',
    'Content-Transfer-Encoding: BASE64',
    '',
    encoded,
    '--b',
    'Content-Transfer-Encoding: x-uuencode',
    '',
    'begin',
    '--b',
    'Content-Type: message/rfc822',
    '',
    'Content-Transfer-Encoding: base64',
    '',
    'eA==',
    '--b--',
    '',
  ].join('\r\n')
  beforeAll(async () => {
    fixture = await openImapFixture()
    client = await fixture.signIn()
    await client.ok(`APPEND INBOX {${message.length}}\r\n${message}`)
    await client.ok('SELECT INBOX')
  })
  afterAll(() => fixture.close())

  const inner = 'Content-Transfer-Encoding: base64\r\n\r\neA=='
  const text = Buffer.from('café noir').toString('latin1')
  it.each([
    ['BINARY.PEEK[1]', `BINARY[1] ~{10}\r\n${text}`],
    ['BINARY.PEEK[1]<3.2>', `BINARY[1]<3> ~{2}\r\n${text.slice(3, 5)}`],
    ['BINARY.PEEK[1]<8.9>', `BINARY[1]<8> ~{2}\r\nir`],
    ['BINARY.PEEK[1]<99.9>', `BINARY[1]<99> ~{0}\r\n`],
    ['BINARY.SIZE[1]', 'BINARY.SIZE[1] 10'],
    ['BINARY.PEEK[2]', `BINARY[2] ~{${octets.length}}\r\n${octets.toString('latin1')}`],
    [
      'BINARY.PEEK[2]<100000.70000>',
      `BINARY[2]<100000> ~{70000}\r\n${octets.subarray(100_000, 170_000).toString('latin1')}`,
    ],
    ['BINARY.SIZE[2]', `BINARY.SIZE[2] ${octets.length}`],
    ['BINARY.PEEK[4]', `BINARY[4] ~{${inner.length}}\r\n${inner}`],
    ['BINARY.PEEK[4.1]', 'BINARY[4.1] ~{1}\r\nx'],
    ['BINARY.PEEK[9]', 'BINARY[9] NIL'],
    ['BINARY.SIZE[9]', 'BINARY.SIZE[9] 0'],
    ['BINARY.PEEK[]', `BINARY[] ~{${message.length}}\r\n${message}`],
    ['(BINARY.SIZE[1] BODY.PEEK[4.1])', 'BINARY.SIZE[1] 10 BODY[4.1] {4}\r\neA=='],
  ])('%s', async (item, expected) => {
    expect(await client.ok(`FETCH 1 ${item}`)).toEqual([`* 1 FETCH (${expected})`])
  })

  it('says what it cannot decode', async () => {
    for (const item of ['BINARY[3]', 'BINARY.SIZE[3]'])
      expect((await client.command(`FETCH 1 ${item}`)).tagged).toMatch(/^NO \[UNKNOWN-CTE\]/)
  })

  it('marks as seen, and not by looking at the size', async () => {
    await client.ok('STORE 1 FLAGS.SILENT ()')
    await client.ok('FETCH 1 (BINARY.SIZE[1] BINARY.PEEK[1])')
    expect(await client.ok('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS ())'])
    expect((await client.ok('FETCH 1 BINARY[4.1]'))[0]).toContain('FLAGS (\\Seen)')
  })

  it.each([
    'BINARY',
    'BINARY[HEADER]',
    'BINARY[1',
    'BINARY[0]',
    'BINARY.SIZE[1]<0.1>',
    'BINARY[1]<0.0>',
    'BINARY[1.MIME]',
  ])('refuses %s', async (item) => expect((await client.command(`FETCH 1 ${item}`)).tagged).toMatch(/^BAD/))

  it('takes a literal8, but no NUL in it', async () => {
    expect((await client.command('APPEND Archive ~{3}\r\none')).tagged).toMatch(/^OK/)
    expect((await client.command('APPEND Archive (\\Seen) ~{3}\r\none ~{3}\r\ntwo')).tagged).toMatch(
      /^OK \[APPENDUID \d+ 2:3\]/,
    )
    expect((await client.command('APPEND Archive ~{3}\r\na\0b')).tagged).toMatch(/^NO \[UNKNOWN-CTE\]/)
    expect((await client.command('APPEND Archive {3}\r\na\0b')).tagged).toMatch(/^NO \[CANNOT\]/)
    expect((await client.command('APPEND ~{3}\r\none')).tagged).toMatch(/^BAD/)
  })
})
