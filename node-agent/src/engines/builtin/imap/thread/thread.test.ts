/** THREAD: its algorithms on their own, and over a real server. */
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { threadByReferences, type ReferringMessage } from './references.js'
import { formatThread } from './thread-node.js'

/** `[id, references, subject, date]`; a subject that begins with `Re: ` is a reply. */
type Short = [id: string | null, references: string, subject?: string, date?: number]

function thread(messages: Short[]): string {
  const made = messages.map(([messageId, references, subject = '', date], index): ReferringMessage => {
    const isReplyOrForward = subject.startsWith('Re: ')
    const ids = references.split(' ').filter((id) => id !== '')
    return {
      index,
      date: date ?? index,
      subject: subject.replace('Re: ', ''),
      isReplyOrForward,
      messageId,
      references: ids,
    }
  })
  return threadByReferences(made)
    .map((root) => formatThread(root, (index) => index + 1))
    .join('')
}

describe('threading by references', () => {
  it.each<[string, Short[], string]>([
    ['nothing', [], ''],
    [
      'messages of their own',
      [
        ['a', ''],
        ['b', ''],
      ],
      '(1)(2)',
    ],
    [
      'a chain',
      [
        ['a', ''],
        ['b', 'a'],
        ['c', 'a b'],
      ],
      '(1 2 3)',
    ],
    [
      'answers to one message',
      [
        ['a', ''],
        ['b', 'a'],
        ['c', 'a'],
        ['d', 'a c'],
      ],
      '(1 (2)(3 4))',
    ],
    [
      'what came in the wrong order',
      [
        ['c', 'a b', '', 3],
        ['b', 'a', '', 2],
        ['a', '', '', 1],
      ],
      '(3 2 1)',
    ],
    [
      'a missing message between',
      [
        ['a', ''],
        ['c', 'a b'],
      ],
      '(1 2)',
    ],
    [
      'a missing root of several',
      [
        ['b', 'a'],
        ['c', 'a'],
      ],
      '((1)(2))',
    ],
    ['a missing root of one', [['b', 'a']], '(1)'],
    [
      'a missing middle of several',
      [
        ['a', ''],
        ['c', 'a b'],
        ['d', 'a b'],
      ],
      '(1 (2)(3))',
    ],
    [
      'one id twice',
      [
        ['a', ''],
        ['a', ''],
        ['b', 'a'],
      ],
      '(1 3)(2)',
    ],
    [
      'no ids',
      [
        [null, ''],
        [null, 'a'],
        ['a', ''],
      ],
      '(1)(3 2)',
    ],
    [
      'a loop of two',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      '(2 1)',
    ],
    ['itself', [['a', 'a']], '(1)'],
    ['a list that repeats', [['x', 'a b a b']], '(1)'],
    [
      'order by date',
      [
        ['a', '', '', 9],
        ['b', '', '', 5],
        ['c', 'a', '', 8],
        ['d', 'a', '', 7],
      ],
      '(2)(1 (4)(3))',
    ],
    [
      'a reply without references',
      [
        ['a', '', 'x'],
        ['b', '', 'Re: x'],
      ],
      '(1 2)',
    ],
    [
      'a reply that came first',
      [
        ['b', '', 'Re: x'],
        ['a', '', 'x'],
      ],
      '(2 1)',
    ],
    [
      'equal subjects, no reply',
      [
        ['a', '', 'x'],
        ['b', '', 'x'],
      ],
      '((1)(2))',
    ],
    [
      'two replies alone',
      [
        ['a', '', 'Re: x'],
        ['b', '', 'Re: x'],
      ],
      '((1)(2))',
    ],
    [
      'three equal subjects',
      [
        ['a', '', 'x'],
        ['b', '', 'x'],
        ['c', '', 'x'],
      ],
      '((1)(2)(3))',
    ],
    [
      'a reply to a missing root',
      [
        ['b', 'a', 'x'],
        ['c', 'a', 'x'],
        ['d', '', 'Re: x'],
      ],
      '((1)(2)(3))',
    ],
    [
      'two missing roots',
      [
        ['b', 'a', 'x'],
        ['c', 'a', 'x'],
        ['e', 'd', 'x'],
        ['f', 'd', 'x'],
      ],
      '((1)(2)(3)(4))',
    ],
    [
      'empty subjects',
      [
        ['a', '', ''],
        ['b', '', 'Re: '],
      ],
      '(1)(2)',
    ],
  ])('%s', (_, messages, expected) => {
    expect(thread(messages)).toBe(expected)
  })

  it('tells each message once, whatever refers to whatever', () => {
    const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
    const message = fc.tuple(
      fc.option(id),
      fc.array(id, { maxLength: 5 }).map((ids) => ids.join(' ')),
      fc.constantFrom('', 'x', 'Re: x', 'y', 'Re: y'),
      fc.nat(9),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 15 }), (messages) => {
        const told = thread(messages)
        expect(
          told
            .match(/\d+/g)
            ?.map(Number)
            .sort((a, b) => a - b) ?? [],
        ).toEqual(messages.map((_, index) => index + 1))
        expect(told).toMatch(/^(\([\d ()]+\))*$/)
        expect(told).not.toMatch(/\(\)|\( |\)\d| \)/)
        expect(told.split('(').length).toBe(told.split(')').length)
      }),
      { numRuns: 500 },
    )
  })

  it('bears a conversation as deep as the mailbox is long, either way round', () => {
    const deep = Array.from({ length: 20_000 }, (_, n): Short => [`m${n}`, n === 0 ? '' : `m${n - 1}`])
    expect(thread(deep)).toMatch(/^\(1 2 3 .* 20000\)$/)
    expect(thread([...deep].reverse()).match(/\d+/g)).toHaveLength(20_000)
  })
})

describe('THREAD', () => {
  let fixture: ImapFixture
  let client: ImapTestClient
  beforeAll(async () => {
    fixture = await openImapFixture()
    client = await fixture.signIn()
    const day = (number: number): string => `Date: Mon, ${number} Jan 2024 10:00:00 +0000`
    for (const header of [
      ['Message-ID: <one@x>', 'Subject: A question', day(1)],
      ['Message-ID: <two@x>', 'In-Reply-To: <"one"@x> <other@x>', 'Subject: Re: A question', day(3)],
      ['Message-ID: <three@x>', 'References: <one@x>', '\t<two@x>', 'Subject: Something else', day(4)],
      ['Subject: a  QUESTION (fwd)', day(2)],
      ['Subject: Alone', day(1)],
    ])
      await fixture.deliver(`${header.join('\r\n')}\r\n\r\nbody\r\n`)
    await client.ok('SELECT INBOX')
  })
  afterAll(() => fixture.close())

  it.each([
    ['REFERENCES UTF-8 ALL', '(1 (4)(2 3))(5)'],
    ['REFERENCES UTF-8 2:3', '(2 3)'],
    ['references us-ascii SUBJECT nowhere', ''],
    ['ORDEREDSUBJECT UTF-8 ALL', '(1 (4)(2))(5)(3)'],
    ['ORDEREDSUBJECT UTF-8 NOT 4', '(1 2)(5)(3)'],
  ])('%s gives %s', async (rest, expected) => {
    expect(await client.ok(`THREAD ${rest}`)).toEqual([`* THREAD ${expected}`.trim()])
  })

  it('answers by UID', async () => {
    const other = await fixture.signIn()
    await other.ok('SELECT INBOX')
    await other.ok('COPY 1:3 Archive')
    await other.ok('SELECT Archive')
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)')
    await other.ok('EXPUNGE')
    expect(await other.ok('UID THREAD REFERENCES UTF-8 ALL')).toEqual(['* THREAD (2 3)'])
    expect(await other.ok('THREAD REFERENCES UTF-8 ALL')).toEqual(['* THREAD (1 2)'])
  })

  it.each(['', 'REFS UTF-8 ALL', 'REFERENCES', 'REFERENCES UTF-8', 'REFERENCES ALL', 'REFERENCES UTF-8 FOO'])(
    'refuses %j',
    async (rest) => expect((await client.command(`THREAD ${rest}`)).tagged).toMatch(/^(BAD|NO \[BADCHARSET)/),
  )
})
