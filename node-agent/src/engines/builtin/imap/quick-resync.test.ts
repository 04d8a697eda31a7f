/** QRESYNC over a real server: what a client that was away hears. */
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { absent } from './quick-resync.js'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
let client: ImapTestClient
let uidValidity: string
beforeEach(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
  for (const subject of ['1', '2', '3', '4', '5', '6']) await fixture.deliver(`Subject: ${subject}\r\n\r\nx\r\n`)
  await client.ok('ENABLE QRESYNC')
  uidValidity = /UIDVALIDITY (\d+)/.exec((await client.ok('SELECT INBOX')).join('\n'))![1]!
})
afterEach(() => fixture.close())

const highest = async (): Promise<number> =>
  Number(/HIGHESTMODSEQ (\d+)/.exec((await client.ok('STATUS INBOX (HIGHESTMODSEQ)'))[0]!)![1])
const expunge = async (uids: string): Promise<void> => {
  await client.ok(`UID STORE ${uids} +FLAGS.SILENT (\\Deleted)`)
  await client.ok(`UID EXPUNGE ${uids}`)
}
/** Without modification sequences, which differ. */
const missed = (lines: string[]): string[] =>
  lines.filter((line) => /VANISHED|FETCH/.test(line)).map((line) => line.replace(/MODSEQ \(\d+\)/, 'MODSEQ'))

describe('SELECT with QRESYNC', () => {
  it('tells what vanished and what changed', async () => {
    const before = await highest()
    await expunge('2:3')
    await client.ok('UID STORE 5 +FLAGS.SILENT (\\Seen)')
    await fixture.deliver('Subject: 7\r\n\r\nx\r\n')
    const changed = ['* 3 FETCH (UID 5 FLAGS (\\Seen) MODSEQ)', '* 5 FETCH (UID 7 FLAGS () MODSEQ)']
    const select = async (parameters: string): Promise<string[]> =>
      missed(await client.ok(`SELECT INBOX (QRESYNC (${uidValidity} ${before}${parameters}))`))
    expect(await select('')).toEqual(['* VANISHED (EARLIER) 2:3', ...changed])
    expect(await select(' 1:2,5')).toEqual(['* VANISHED (EARLIER) 2', changed[0]])
    expect(await select(' 1:6 (1,4,6 1,4,6)')).toEqual(['* VANISHED (EARLIER) 2:3', changed[0]])
    expect(await select(' (1,4,6 1,4,6)')).toEqual(['* VANISHED (EARLIER) 2:3', ...changed])
    expect(await select(' 4:*')).toEqual(changed)
    const stale = await client.ok(`SELECT INBOX (QRESYNC (${Number(uidValidity) + 1} ${before}))`)
    expect(missed(stale)).toEqual([])
  })

  it('tells all that is not there where nobody remembers since when', async () => {
    await expunge('1,4:6')
    const all = await client.ok(`SELECT INBOX (QRESYNC (${uidValidity} 0))`)
    expect(missed(all)[0]).toBe('* VANISHED (EARLIER) 1,4:6')
  })

  it.each(['(1)', '(1 2 x)', '(1 2 3 (1))', '(1 2 (1 2)', '1 2', '(1 2 (1 2) 3)'])('refuses %s', async (value) => {
    expect((await client.command(`SELECT INBOX (QRESYNC ${value})`)).tagged).toMatch(/^BAD/)
  })

  it('needs ENABLE first', async () => {
    const other = await fixture.signIn()
    expect((await other.command(`SELECT INBOX (QRESYNC (${uidValidity} 1))`)).tagged).toMatch(/^BAD/)
  })
})

describe('a session with QRESYNC', () => {
  it('hears VANISHED for its own expunges, and where to go on from', async () => {
    await client.ok('STORE 1,3:4 +FLAGS.SILENT (\\Deleted)')
    const { untagged, tagged } = await client.command('EXPUNGE')
    expect(untagged).toEqual(['* VANISHED 1,3:4'])
    expect(tagged).toMatch(new RegExp(`^OK \\[HIGHESTMODSEQ ${await highest()}\\]`))
    const moved = await client.command('UID MOVE 5 Archive')
    expect(moved.untagged.slice(1)).toEqual(['* VANISHED 5'])
    expect(moved.tagged).toMatch(/^OK \[HIGHESTMODSEQ \d+\]/)
    expect((await client.command('EXPUNGE')).tagged).toBe('OK EXPUNGE completed')
  })

  it('hears VANISHED for those of others, and UIDs with their flags', async () => {
    const other = await fixture.signIn()
    await other.ok('SELECT INBOX')
    await other.ok('STORE 2:3 +FLAGS.SILENT (\\Deleted)')
    await other.ok('EXPUNGE')
    await other.ok('STORE 1 +FLAGS.SILENT (\\Seen)')
    expect(missed(await client.ok('NOOP'))).toEqual(['* VANISHED 2:3', '* 1 FETCH (UID 1 FLAGS (\\Seen) MODSEQ)'])
    expect(missed(await client.ok('STORE 1 -FLAGS (\\Seen)'))).toEqual(['* 1 FETCH (UID 1 FLAGS () MODSEQ)'])
  })

  it('is told before its HIGHESTMODSEQ what others changed', async () => {
    const other = await fixture.signIn()
    await other.ok('SELECT INBOX')
    await client.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await other.ok('STORE 6 +FLAGS.SILENT (\\Flagged)')
    const { untagged } = await client.command('EXPUNGE')
    expect(missed(untagged)).toEqual(['* VANISHED 1', '* 5 FETCH (UID 6 FLAGS (\\Flagged) MODSEQ)'])
  })

  it('asks for what vanished by UID FETCH', async () => {
    const before = await highest()
    await expunge('2,6')
    await client.ok('UID STORE 3 +FLAGS.SILENT (\\Seen)')
    expect(missed(await client.ok(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${before} VANISHED)`))).toEqual([
      '* VANISHED (EARLIER) 2,6',
      '* 2 FETCH (UID 3 FLAGS (\\Seen) MODSEQ)',
    ])
    expect(missed(await client.ok(`UID FETCH 1:2 (FLAGS) (VANISHED CHANGEDSINCE ${before})`))).toEqual([
      '* VANISHED (EARLIER) 2',
    ])
    for (const command of ['FETCH 1 (FLAGS) (CHANGEDSINCE 1 VANISHED)', 'UID FETCH 1 (FLAGS) (VANISHED)'])
      expect((await client.command(command)).tagged).toMatch(/^BAD/)
  })
})

it('what is absent and what is present make up what is known', () => {
  const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 })).map((set) => set.sort((a, b) => a - b))
  fc.assert(
    fc.property(numbers, numbers, fc.integer({ min: 0, max: 45 }), (present, known, highest) => {
      const ranges = known.map((number) => ({ first: number, last: number }))
      const told = absent(present, ranges, highest).flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, index) => first + index),
      )
      expect(told).toEqual(known.filter((number) => number <= highest && !present.includes(number)))
      const whole = absent(present, [{ first: 1, last: 50 }], highest)
      expect(whole.reduce((count, { first, last }) => count + last - first + 1, 0)).toBe(
        highest - present.filter((number) => number <= highest).length,
      )
    }),
  )
})
