/** APPEND of several messages at once, over a real server. */
import fc from 'fast-check'
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
let client: ImapTestClient
beforeAll(async () => {
  fixture = await openImapFixture({ maxMessageBytes: 400_000 })
  client = await fixture.signIn()
})
afterAll(() => fixture.close())

const message = (subject: string, body = 'x'): string => `Subject: ${subject}\r\n\r\n${body}\r\n`
const literal = (text: string, plus = ''): string => `{${text.length}${plus}}\r\n${text}`
const count = async (): Promise<string> => (await client.ok('STATUS INBOX (MESSAGES)'))[0]!

describe('APPEND of several messages', () => {
  it('stores each with its flags and date', async () => {
    await client.ok('CREATE Several')
    const { tagged } = await client.command(
      `APPEND Several (\\Seen) ${literal(message('1'))} "17-Jul-1996 02:44:25 +0000" ${literal(message('2'))}` +
        ` (\\Flagged $a) "18-Jul-1996 02:44:25 +0000" ${literal(message('3'))} ${literal(message('4'))}`,
    )
    expect(tagged).toMatch(/^OK \[APPENDUID \d+ 1:4\]/)
    await client.ok('SELECT Several')
    const fetched = await client.ok('FETCH 1:4 (FLAGS INTERNALDATE BODY.PEEK[])')
    expect(fetched.map((line) => /FLAGS \([^)]*\)/.exec(line)![0])).toEqual([
      'FLAGS (\\Seen)',
      'FLAGS ()',
      'FLAGS (\\Flagged $a)',
      'FLAGS ()',
    ])
    expect(fetched[1]).toContain('INTERNALDATE "17-Jul-1996 02:44:25 +0000"')
    expect(fetched[2]).toContain('INTERNALDATE "18-Jul-1996 02:44:25 +0000"')
    fetched.forEach((line, index) => expect(line).toContain(message(String(index + 1))))
  })

  it.each([
    ['an empty one', ` {0}\r\n`, /^NO \[CANNOT\]/],
    ['one that is too large', ` {400001}\r\n`, /^NO \[TOOBIG\]/],
    ['NUL in one', ` ${literal('a\0b')}`, /^NO \[CANNOT\]/],
    ['bad flags', ` (\\Recent) ${literal('x')}`, /^BAD/],
    ['a missing space', literal('x'), /^BAD/],
    ['text behind', ' x', /^BAD/],
    ['a date alone', ' "17-Jul-1996 02:44:25 +0000"', /^BAD/],
  ])('stores none where there is %s', async (_, last, answer) => {
    const before = await count()
    expect((await client.command(`APPEND INBOX ${literal(message('1'))}${last}`)).tagged).toMatch(answer)
    expect(await count()).toBe(before)
  })

  it('stores none where the quota does not suffice for all', async () => {
    const before = await count()
    const { bytes } = await fixture.store.usage('alice')
    fixture.apply({ ...fixture.mailbox, quotaBytes: bytes + 300 })
    const half = message('half', 'y'.repeat(150))
    expect((await client.command(`APPEND INBOX ${literal(half)} ${literal(half)}`)).tagged).toMatch(/^NO \[OVERQUOTA\]/)
    fixture.apply(fixture.mailbox)
    expect(await count()).toBe(before)
  })

  it('is bounded, and holds little of it in memory', async () => {
    const large = message('large', 'z'.repeat(200_000))
    const spooled = async (): Promise<number> =>
      (await readdir(fixture.spoolDirectory)).filter((name) => name.startsWith('append-')).length
    client.send(`a APPEND INBOX ${literal(large, '+')} ${literal(large, '+')} {10}\r\n`)
    expect(await client.response()).toMatch(/^\+/)
    expect(await spooled()).toBe(1)
    client.send('0123456789\r\n')
    expect(await client.response()).toMatch(/^a OK/)
    const nine = Array.from({ length: 9 }, () => literal(large, '+')).join(' ')
    client.send(`b APPEND INBOX ${nine}\r\n`)
    expect(await client.response()).toMatch(/^b NO \[LIMIT\]/)
    const small = Array.from({ length: 201 }, () => literal('x', '+')).join(' ')
    client.send(`c APPEND INBOX ${small}\r\n`)
    expect(await client.response()).toMatch(/^c NO \[LIMIT\]/)
    expect(await spooled()).toBe(0)
  })

  it('gives back what it took, however many', async () => {
    const body = fc
      .string({ unit: 'binary-ascii', minLength: 1, maxLength: 60 })
      .map((text) => text.replace(/\0/g, 'x'))
    await client.ok('CREATE Property')
    await client.ok('SELECT Property')
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(body, fc.boolean()), { minLength: 1, maxLength: 8 }), async (bodies) => {
        const all = bodies.map(([text, plus]) => literal(text, plus ? '+' : '')).join(' ')
        const { tagged } = await client.command(`APPEND Property ${all}`)
        const uids = /\[APPENDUID \d+ ([\d:]+)\]/.exec(tagged)![1]!
        const fetched = await client.ok(`UID FETCH ${uids} BODY.PEEK[]`)
        expect(fetched.map((line) => line.slice(line.indexOf('BODY[] ') + 7, -1))).toEqual(
          bodies.map(([text]) => literal(text)),
        )
      }),
      { numRuns: 30 },
    )
  })
})
