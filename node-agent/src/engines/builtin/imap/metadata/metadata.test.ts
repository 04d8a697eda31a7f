/** Annotations of mailboxes and of the server (RFC 5464) over a real server. */
import type { MailboxResource } from '@mailfleet/schema'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'

let fixture: ImapFixture
let client: ImapTestClient
beforeEach(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
})
afterEach(() => fixture.close())

const answer = async (text: string): Promise<string> => (await client.command(text)).tagged

describe('METADATA', () => {
  it('keeps values of a mailbox and of the server, each for itself', async () => {
    await client.ok('SETMETADATA INBOX (/private/comment "mine" /SHARED/Comment {4}\r\nours)')
    await client.ok('SETMETADATA "" (/private/comment "server")')
    expect(await client.ok('GETMETADATA INBOX (/shared/comment /private/comment)')).toEqual([
      '* METADATA INBOX (/shared/comment "ours" /private/comment "mine")',
    ])
    expect(await client.ok('GETMETADATA "" /private/comment')).toEqual(['* METADATA "" (/private/comment "server")'])
    expect(await client.ok('GETMETADATA Archive /private/comment')).toEqual([
      '* METADATA Archive (/private/comment NIL)',
    ])
    await client.ok('SETMETADATA INBOX (/private/comment NIL /shared/comment NIL)')
    expect(await client.ok('GETMETADATA (DEPTH infinity) INBOX (/private /shared)')).toEqual([])
  })

  it('keeps any octets', async () => {
    await client.ok('SETMETADATA INBOX (/private/icon ~{4}\r\n\0\r\n" /private/text "a\\"b\\\\")')
    expect(await client.ok('GETMETADATA INBOX (/private/icon /private/text)')).toEqual([
      '* METADATA INBOX (/private/icon ~{4}\r\n\0\r\n" /private/text "a\\"b\\\\")',
    ])
    expect(await answer('SETMETADATA INBOX (/private/icon {2}\r\na\0)')).toMatch(/^BAD/)
  })

  it('tells entries below others as deep as asked, options before or behind the mailbox', async () => {
    await client.ok('SETMETADATA INBOX (/private/a "1" /private/a/b "2" /private/a/b/c "3" /private/ab "4")')
    const told = async (depth: string) => await client.ok(`GETMETADATA (DEPTH ${depth}) INBOX (/private/a)`)
    expect(await told('0')).toEqual(['* METADATA INBOX (/private/a "1")'])
    expect(await told('1')).toEqual(['* METADATA INBOX (/private/a "1" /private/a/b "2")'])
    const all = ['* METADATA INBOX (/private/a "1" /private/a/b "2" /private/a/b/c "3")']
    expect(await told('infinity')).toEqual(all)
    expect(await client.ok('GETMETADATA INBOX (DEPTH infinity MAXSIZE 9) (/private/a)')).toEqual(all)
  })

  it('leaves out what is longer than asked for, and says how long', async () => {
    await client.ok('SETMETADATA INBOX (/private/a "1" /private/b "12345" /private/c "123")')
    const { untagged, tagged } = await client.command(
      'GETMETADATA (MAXSIZE 2) INBOX (/private/a /private/b /private/c)',
    )
    expect(untagged).toEqual(['* METADATA INBOX (/private/a "1")'])
    expect(tagged).toMatch(/^OK \[METADATA LONGENTRIES 5\]/)
  })

  it('is told by LIST for each mailbox that it names', async () => {
    await client.ok('SETMETADATA INBOX (/shared/color "red")')
    expect(await client.ok('LIST "" (INBOX Sent) RETURN (METADATA (/SHARED/color /private/x))')).toEqual([
      expect.stringMatching(/^\* LIST .* INBOX$/),
      '* METADATA INBOX (/shared/color "red" /private/x NIL)',
      expect.stringMatching(/^\* LIST .* Sent$/),
      '* METADATA Sent (/shared/color NIL /private/x NIL)',
    ])
    expect(await answer('LIST "" * RETURN (METADATA ())')).toMatch(/^BAD/)
  })

  it('has bounds, each with its code, and then changes nothing', async () => {
    const long = 'x'.repeat(32_769)
    expect(await answer(`SETMETADATA INBOX (/private/b "1" /private/a {${long.length}}\r\n${long})`)).toMatch(
      /^NO \[METADATA MAXSIZE 32768\]/,
    )
    const entries = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => `/private/n${from + index} "1"`).join(' ')
    expect(await answer(`SETMETADATA INBOX (${entries(0, 101)})`)).toMatch(/^NO \[METADATA TOOMANY\]/)
    await client.ok(`SETMETADATA INBOX (${entries(0, 100)})`)
    expect(await answer('SETMETADATA INBOX (/private/b "1")')).toMatch(/^NO \[METADATA TOOMANY\]/)
    expect(await client.ok('GETMETADATA INBOX /private/b')).toEqual(['* METADATA INBOX (/private/b NIL)'])
    expect(await answer(`SETMETADATA INBOX (/private/${'n'.repeat(300)} "1")`)).toMatch(/^NO \[LIMIT\]/)
  })

  it.each([
    ['SETMETADATA INBOX ()'],
    ['SETMETADATA INBOX (/private "1")'],
    ['SETMETADATA INBOX (/other/a "1")'],
    ['SETMETADATA INBOX (/private//a "1")'],
    ['SETMETADATA INBOX (/private/a/ "1")'],
    ['SETMETADATA INBOX ("/private/*" "1")'],
    ['SETMETADATA INBOX (/private/a)'],
    ['SETMETADATA INBOX (/private/a atom)'],
    ['GETMETADATA INBOX ()'],
    ['GETMETADATA (DEPTH 2) INBOX /private/a'],
    ['GETMETADATA () INBOX /private/a'],
    ['GETMETADATA (SIZE 1) INBOX /private/a'],
  ])('refuses %s', async (text) => {
    expect(await answer(text)).toMatch(/^BAD/)
  })

  it('of the server that all would see cannot be set', async () => {
    expect(await answer('SETMETADATA "" (/shared/comment "all")')).toMatch(/^NO \[NOPERM\]/)
    expect(await answer('SETMETADATA Missing (/private/comment "x")')).toMatch(/^NO \[NONEXISTENT\]/)
    expect(await answer('GETMETADATA Missing /private/comment')).toMatch(/^NO \[NONEXISTENT\]/)
  })

  it('of a shared mailbox: private ones of each member, shared ones with rights', async () => {
    const team: MailboxResource = { ...fixture.mailbox, id: 'team', address: 'team@example.org', passwordHash: '' }
    const share = (rights: string): void =>
      fixture.apply({ ...team, members: [{ mailboxId: fixture.mailbox.id, rights }] })
    const inbox = '"Shared/team@example.org/INBOX"'
    share('lr')
    await fixture.store.mailboxes('team')
    await client.ok(`SETMETADATA ${inbox} (/private/comment "mine")`)
    expect(await answer(`SETMETADATA ${inbox} (/shared/comment "ours")`)).toMatch(/^NO \[NOPERM\]/)
    share('lrw')
    await client.ok(`SETMETADATA ${inbox} (/shared/comment "ours")`)
    const { id } = (await fixture.store.mailbox('team', 'INBOX'))!
    expect((await fixture.store.annotations('team', id)).map(({ entry }) => entry)).toEqual(['/shared/comment'])
    share('l')
    expect(await client.ok(`LIST "" ${inbox} RETURN (METADATA (/shared/comment))`)).toHaveLength(1)
    expect(await answer(`GETMETADATA ${inbox} /private/comment`)).toMatch(/^NO \[NOPERM\]/)
    share('r')
    expect(await answer(`GETMETADATA ${inbox} /private/comment`)).toMatch(/^NO \[NONEXISTENT\]/)
  })
})
