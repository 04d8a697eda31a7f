import { describe, expect, it } from 'vitest'
import type { MailboxInfo, SpecialUse } from '../../store/mail-store.js'
import { selectEntries, selectSubscribed } from './list-entries.js'
import { compilePattern } from './mailbox-pattern.js'

function mailbox(
  name: string,
  subscribed = false,
  specialUse: SpecialUse | null = null,
  noSelect = false,
): MailboxInfo {
  return { id: 1, accountId: 'a', name, uidValidity: 1, subscribed, specialUse, noSelect }
}
const mailboxes = [
  mailbox('Zoo', true),
  mailbox('INBOX'),
  mailbox('Sent', false, '\\Sent'),
  mailbox('a', false, null, true),
  mailbox('a/b', true),
  mailbox('deep/er/est', true),
]

interface Options {
  criteria?: ('SUBSCRIBED' | 'SPECIAL-USE')[]
  recursiveMatch?: boolean
  extended?: boolean
}
const select = (
  patterns: string[],
  { criteria = [], recursiveMatch = false, extended = false }: Options = {},
): string[] =>
  selectEntries(mailboxes, {
    matchers: patterns.map(compilePattern),
    criteria,
    recursiveMatch,
    extended,
    returnSubscribed: criteria.includes('SUBSCRIBED'),
  }).map(({ name, attributes, childInfo }) => [name, ...attributes, ...childInfo].join(' '))

describe('LIST', () => {
  it('begins with INBOX, and shows levels that are no mailboxes', () => {
    expect(select(['*'])).toEqual([
      'INBOX \\HasNoChildren',
      'Sent \\HasNoChildren \\Sent',
      'Zoo \\HasNoChildren',
      'a \\Noselect \\HasChildren',
      'a/b \\HasNoChildren',
      'deep \\Noselect \\HasChildren',
      'deep/er \\Noselect \\HasChildren',
      'deep/er/est \\HasNoChildren',
    ])
    expect(select(['deep'], { extended: true })).toEqual(['deep \\NonExistent \\HasChildren'])
  })

  it('tells of subscribed mailboxes below, where they are not told themselves', () => {
    const options: Options = { criteria: ['SUBSCRIBED'], recursiveMatch: true, extended: true }
    expect(select(['%'], options)).toEqual([
      'Zoo \\Subscribed \\HasNoChildren',
      'a \\Noselect \\HasChildren SUBSCRIBED',
      'deep \\NonExistent \\HasChildren SUBSCRIBED',
    ])
    expect(select(['a', 'a/b'], options)).toEqual(['a/b \\Subscribed \\HasNoChildren'])
  })

  it('selects by all criteria', () => {
    expect(select(['*'], { criteria: ['SPECIAL-USE'] })).toEqual(['Sent \\HasNoChildren \\Sent'])
    expect(select(['*'], { criteria: ['SPECIAL-USE', 'SUBSCRIBED'] })).toEqual([])
  })
})

describe('subscribed names without a mailbox', () => {
  const list = (pattern: string, recursiveMatch: boolean): string[] =>
    selectEntries(
      mailboxes,
      {
        matchers: [compilePattern(pattern)],
        criteria: ['SUBSCRIBED'],
        recursiveMatch,
        extended: true,
        returnSubscribed: true,
      },
      ['Zoo', 'gone', 'lost/place'],
    ).map(({ name, attributes, childInfo }) => [name, ...attributes, ...childInfo].join(' '))

  it('are told where subscriptions are asked for', () => {
    expect(list('g*', false)).toEqual(['gone \\NonExistent \\Subscribed \\HasNoChildren'])
    expect(list('lost*', false)).toEqual(['lost/place \\NonExistent \\Subscribed \\HasNoChildren'])
    expect(list('lost', true)).toEqual(['lost \\NonExistent \\HasNoChildren SUBSCRIBED'])
    expect(
      selectSubscribed(mailboxes, ['gone', 'lost/place'], [compilePattern('%')]).map(({ name, attributes }) =>
        [name, ...attributes].join(' '),
      ),
    ).toEqual(['Zoo', 'a \\Noselect', 'deep \\Noselect', 'gone', 'lost \\Noselect'])
  })

  it('are none of the mailboxes', () => expect(select(['gone', 'lost*'])).toEqual([]))
})

describe('LSUB', () => {
  const lsub = (pattern: string): string[] =>
    selectSubscribed(mailboxes, [], [compilePattern(pattern)]).map(({ name, attributes }) =>
      [name, ...attributes].join(' '),
    )

  it('tells subscribed names, and levels above those that the pattern does not reach', () => {
    expect(lsub('*')).toEqual(['Zoo', 'a/b', 'deep/er/est'])
    expect(lsub('%')).toEqual(['Zoo', 'a \\Noselect', 'deep \\Noselect'])
    expect(lsub('deep/%')).toEqual(['deep/er \\Noselect'])
  })
})

describe('patterns', () => {
  it.each([
    ['*', 'a/b/c', true],
    ['%', 'a', true],
    ['%', 'a/b', false],
    ['a/%', 'a/b', true],
    ['a/%', 'a/b/c', false],
    ['a*c', 'a/b/c', true],
    ['%/%', 'a/b', true],
    ['%b', 'ab', true],
    ['*%', 'a/b', true],
    ['inb%', 'INBOX', true],
    ['INBOX', 'INBOX', true],
    ['in', 'INBOX', false],
    ['', 'a', false],
    ['a', 'A', false],
    ['a.c', 'abc', false],
  ])('%s matches %s: %s', (pattern, name, matches) => {
    expect(compilePattern(pattern)(name)).toBe(matches)
  })

  it('cost no more than pattern times name', () => {
    // Backtracking would take longer than the age of the universe.
    const matches = compilePattern('a*'.repeat(200))
    expect(matches('a'.repeat(255) + 'b')).toBe(true)
    expect(matches('b'.repeat(255))).toBe(false)
  })
})
