/** What several sessions on one mailbox tell their clients of each other's changes. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import fc from 'fast-check'
import type { ImapTestClient } from './test-support/imap-test-client.js'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

const message = (subject: string): string => `Subject: ${subject}\r\n\r\nHello\r\n`

async function twoSessions(messages: number): Promise<[ImapTestClient, ImapTestClient]> {
  for (let number = 1; number <= messages; number++) await fixture.deliver(message(String(number)))
  const [one, two] = [await fixture.signIn(), await fixture.signIn()]
  await one.ok('SELECT INBOX')
  await two.ok('SELECT INBOX')
  return [one, two]
}

describe('two sessions on one mailbox', () => {
  it('hear of each other at NOOP', async () => {
    const [one, two] = await twoSessions(3)
    await one.ok('STORE 2 +FLAGS (\\Flagged)')
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await one.ok('EXPUNGE')
    await fixture.deliver(message('4'))
    expect(await two.ok('NOOP')).toEqual(['* 1 EXPUNGE', '* 3 EXISTS', '* 1 FETCH (UID 2 FLAGS (\\Flagged))'])
    expect(await one.ok('NOOP')).toEqual(['* 3 EXISTS'])
  })

  it('keep their numbering during FETCH, STORE and SEARCH', async () => {
    const [one, two] = await twoSessions(3)
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await one.ok('EXPUNGE')
    const fetched = await two.command('FETCH 1:3 (UID RFC822.SIZE)')
    expect(fetched.untagged.filter((line) => line.includes('EXPUNGE'))).toEqual([])
    expect(fetched.untagged).toContainEqual(expect.stringMatching(/^\* 3 FETCH \(UID 3 /))
    expect(fetched.tagged).toMatch(/^OK \[EXPUNGEISSUED\]/)
    const stored = await two.command('STORE 1:2 +FLAGS (\\Seen)')
    expect(stored.untagged.filter((line) => line.includes('EXPUNGE'))).toEqual([])
    expect(stored.tagged).toMatch(/^OK \[EXPUNGEISSUED\]/)
    expect(await two.ok('SEARCH ALL')).toEqual(['* SEARCH 2 3'])
    expect(await two.ok('UID SEARCH 3')).toEqual(['* SEARCH 3', '* 1 EXPUNGE'])
    expect(await two.ok('SEARCH ALL')).toEqual(['* SEARCH 1 2'])
  })

  it('hear of what another changed from their own silent STORE', async () => {
    const [one, two] = await twoSessions(2)
    await one.ok('STORE 1:2 +FLAGS.SILENT (\\Deleted)')
    expect(await two.ok('STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual([
      '* 1 FETCH (FLAGS (\\Deleted \\Seen))',
      '* 2 FETCH (UID 2 FLAGS (\\Deleted))',
    ])
    expect(await one.ok('STORE 2 FLAGS.SILENT ($A)')).toEqual([
      expect.stringMatching(/^\* FLAGS /),
      '* 1 FETCH (UID 1 FLAGS (\\Deleted \\Seen))',
    ])
    expect(await two.ok('STORE 2 FLAGS.SILENT ($a)')).toEqual([expect.stringMatching(/^\* FLAGS /)])
    expect(await two.ok('NOOP')).toEqual([])
  })

  it('expunge what is marked, though they were never told of it', async () => {
    const [one, two] = await twoSessions(0)
    await one.ok('APPEND INBOX (\\Deleted) {1}\r\nx')
    await two.ok('EXPUNGE')
    expect(await one.ok('NOOP')).toEqual(['* 1 EXPUNGE'])
  })

  it('can fetch no message that another has expunged', async () => {
    const [one, two] = await twoSessions(2)
    await one.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await one.ok('EXPUNGE')
    const { untagged, tagged } = await two.command('UID FETCH 1:2 BODY.PEEK[HEADER]')
    expect(untagged.filter((line) => line.includes('BODY'))).toHaveLength(1)
    expect(tagged).toMatch(/^OK/)
  })

  it('end when the mailbox is deleted', async () => {
    const [one, two] = [await fixture.signIn(), await fixture.signIn()]
    await one.ok('CREATE Temporary')
    await two.ok('SELECT Temporary')
    await one.ok('DELETE Temporary')
    two.send('a NOOP\r\n')
    expect(await two.response()).toMatch(/^\* BYE/)
    await two.end()
  })

  it('tell new keywords before flags that hold them', async () => {
    const [one, two] = await twoSessions(1)
    await one.ok('STORE 1 +FLAGS ($Junk)')
    expect(await two.ok('NOOP')).toEqual([
      '* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $Junk)',
      '* 1 FETCH (UID 1 FLAGS ($Junk))',
    ])
  })

  it('agree on the mailbox after any commands', async () => {
    const act = fc.oneof(
      fc.constant('DELIVER'),
      fc.constant('EXPUNGE'),
      fc.constant('NOOP'),
      fc.constant('SEARCH ALL'),
      fc.record({ flag: fc.constantFrom('\\Deleted', '\\Seen', '$a'), sign: fc.constantFrom('+', '-') }),
      fc.constant('MOVE'),
    )
    const [one, two] = await twoSessions(4)
    const views = new Map([
      [one, new View(4)],
      [two, new View(4)],
    ])
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.boolean(), act, fc.nat()), { maxLength: 15 }), async (steps) => {
        for (const [first, step, number] of steps) {
          const client = first ? one : two
          const view = views.get(client)!
          if (step === 'DELIVER') await fixture.deliver(message('new'))
          else if (typeof step === 'object' || step === 'MOVE') {
            if (view.count === 0) continue
            const chosen = 1 + (number % view.count)
            const text = step === 'MOVE' ? `MOVE ${chosen} Archive` : `STORE ${chosen} ${step.sign}FLAGS (${step.flag})`
            view.take((await client.command(text)).untagged)
          } else view.take((await client.command(step)).untagged)
        }
        const truth = await fixture.store.snapshot((await fixture.store.mailbox('alice', 'INBOX'))!.id)
        for (const [client, view] of views) {
          view.take(await client.ok('NOOP'))
          expect(view.count).toBe(truth.uids.length)
          const fetched = view.count === 0 ? [] : await client.ok('FETCH 1:* (UID FLAGS)')
          expect(fetched).toEqual(
            truth.uids.map(
              (uid, index) => `* ${index + 1} FETCH (UID ${uid} FLAGS (${truth.flags[index]!.join(' ')}))`,
            ),
          )
        }
      }),
      { numRuns: 25 },
    )
  })
})

/** The count that a client keeps from EXISTS and EXPUNGE alone. */
class View {
  constructor(public count: number) {}
  take(untagged: string[]): void {
    for (const line of untagged) {
      const exists = /^\* (\d+) EXISTS$/.exec(line)
      if (exists) {
        expect(Number(exists[1])).toBeGreaterThanOrEqual(this.count)
        this.count = Number(exists[1])
      }
      const expunge = /^\* (\d+) EXPUNGE$/.exec(line)
      if (expunge) {
        expect(Number(expunge[1])).toBeLessThanOrEqual(this.count)
        this.count--
      }
    }
  }
}

describe('\\Recent', () => {
  it('is for the session that hears of a message first', async () => {
    await fixture.deliver(message('1'))
    const [one, two] = [await fixture.signIn(), await fixture.signIn()]
    one.hearsRecent = two.hearsRecent = true
    expect(await one.ok('STATUS INBOX (RECENT)')).toEqual(['* STATUS INBOX (RECENT 1)'])
    expect(await two.ok('EXAMINE INBOX')).toContain('* 1 RECENT')
    expect(await one.ok('SELECT INBOX')).toContain('* 1 RECENT')
    expect(await two.ok('SELECT INBOX')).toContain('* 0 RECENT')
    expect(await one.ok('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS (\\Recent))'])
    expect(await two.ok('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS ())'])
    await fixture.deliver(message('2'))
    expect(await two.ok('NOOP')).toEqual(['* 2 EXISTS', '* 1 RECENT'])
    expect(await one.ok('NOOP')).toEqual(['* 2 EXISTS', '* 1 RECENT'])
    expect(await one.ok('SEARCH RECENT')).toEqual(['* SEARCH 1'])
    expect(await two.ok('SEARCH NEW')).toEqual(['* SEARCH 2'])
    expect(await two.ok('SEARCH OLD')).toEqual(['* SEARCH 1'])
    expect(await two.ok('STATUS INBOX (RECENT)')).toEqual(['* STATUS INBOX (RECENT 0)'])
  })
})

describe('IDLE', () => {
  it('tells of deliveries and of other sessions without being asked', async () => {
    const [one, two] = await twoSessions(2)
    two.send('a IDLE\r\n')
    expect(await two.response()).toBe('+ idling')
    await fixture.deliver(message('3'))
    expect(await two.response()).toBe('* 3 EXISTS')
    await one.ok('STORE 1 +FLAGS (\\Deleted)')
    expect(await two.response()).toBe('* 1 FETCH (UID 1 FLAGS (\\Deleted))')
    await one.ok('EXPUNGE')
    expect(await two.response()).toBe('* 1 EXPUNGE')
    two.send('DONE\r\n')
    expect(await two.response()).toMatch(/^a OK/)
    await two.ok('NOOP')
  })

  it('ends only with DONE, and works without a mailbox', async () => {
    const client = await fixture.signIn()
    client.send('a IDLE\r\n')
    await client.response()
    client.send('b NOOP\r\n')
    expect(await client.response()).toMatch(/^a BAD/)
    client.send('c IDLE\r\ndone\r\nd NOOP\r\n')
    expect(await client.response()).toBe('+ idling')
    expect(await client.response()).toMatch(/^c OK/)
    expect(await client.response()).toMatch(/^d OK/)
  })
})

describe('CONDSTORE', () => {
  it('tells modification sequences once enabled', async () => {
    const [one, two] = await twoSessions(2)
    expect(await one.ok('ENABLE CONDSTORE X-UNKNOWN')).toEqual([
      expect.stringMatching(/^\* OK \[HIGHESTMODSEQ \d+\]/),
      '* ENABLED CONDSTORE',
    ])
    expect(await one.ok('STORE 1 +FLAGS.SILENT (\\Seen)')).toEqual([
      expect.stringMatching(/^\* 1 FETCH \(MODSEQ \(\d+\)\)$/),
    ])
    await two.ok('STORE 2 +FLAGS (\\Seen)')
    expect(await one.ok('NOOP')).toEqual([
      expect.stringMatching(/^\* 2 FETCH \(UID 2 FLAGS \(\\Seen\) MODSEQ \(\d+\)\)$/),
    ])
  })

  it('fetches what changed, and stores only what did not', async () => {
    const [one, two] = await twoSessions(3)
    const status = await one.ok('STATUS INBOX (HIGHESTMODSEQ)')
    const before = /HIGHESTMODSEQ (\d+)\)/.exec(status.join('\n'))![1]!
    await two.ok('STORE 2 +FLAGS (\\Flagged)')
    const changed = await one.ok(`FETCH 1:* (FLAGS) (CHANGEDSINCE ${before})`)
    expect(changed).toEqual([expect.stringMatching(/^\* 2 FETCH .*FLAGS \(\\Flagged\)/)])
    const stored = await one.command(`UID STORE 1:3 (UNCHANGEDSINCE ${before}) +FLAGS.SILENT (\\Seen)`)
    expect(stored.tagged).toMatch(/^OK \[MODIFIED 2\]/)
    expect(stored.untagged.map((line) => line.replace(/\d+\)\)$/, 'N))'))).toEqual([
      '* 1 FETCH (UID 1 MODSEQ (N))',
      '* 3 FETCH (UID 3 MODSEQ (N))',
    ])
    const [found] = await one.ok(`SEARCH MODSEQ ${Number(before) + 1}`)
    expect(found).toMatch(/^\* SEARCH 1 2 3 \(MODSEQ \d+\)$/)
  })
})
