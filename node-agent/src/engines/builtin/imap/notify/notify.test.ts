/** NOTIFY (RFC 5465) over a real server. */
import type { MailboxResource } from '@mailfleet/schema'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'

const all = '(MessageNew MessageExpunge FlagChange)'
const message = 'Subject: news\r\n\r\ntext\r\n'

let fixture: ImapFixture
/** Listens; `other` changes things. */
let client: ImapTestClient
let other: ImapTestClient
beforeEach(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
  other = await fixture.signIn()
})
afterEach(() => fixture.close())

const answer = async (text: string): Promise<string> => (await client.command(text)).tagged
const validity = async (name: string): Promise<number> =>
  (await fixture.store.mailbox(fixture.mailbox.id, name))!.uidValidity

describe('other mailboxes', () => {
  it('new messages, flags and expunged ones come as STATUS, without a command', async () => {
    await client.ok(`NOTIFY SET (personal ${all})`)
    await fixture.deliver(message, 'Archive')
    const valid = await validity('Archive')
    expect(await client.response()).toBe(`* STATUS Archive (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ${valid} UNSEEN 1)`)
    await other.ok('SELECT Archive')
    await other.ok('STORE 1 +FLAGS (\\Seen)')
    expect(await client.response()).toBe(`* STATUS Archive (MESSAGES 1 UIDNEXT 2 UIDVALIDITY ${valid} UNSEEN 0)`)
    await other.ok('STORE 1 +FLAGS (\\Deleted)')
    expect(await client.response()).toContain('MESSAGES 1 ')
    await other.ok('EXPUNGE')
    expect(await client.response()).toBe(`* STATUS Archive (MESSAGES 0 UIDNEXT 2 UIDVALIDITY ${valid} UNSEEN 0)`)
  })

  it('flags are told of only where they are asked for', async () => {
    await client.ok('NOTIFY SET (personal (MessageNew MessageExpunge))')
    await fixture.deliver(message, 'Archive')
    expect(await client.response()).toMatch(/^\* STATUS Archive \(MESSAGES 1 UIDNEXT 2 UIDVALIDITY \d+\)$/)
    await other.ok('SELECT Archive')
    await other.ok('STORE 1 +FLAGS (\\Seen)')
    expect(await client.ok('NOOP')).toEqual([])
  })

  it('begins with a STATUS of each where that is asked for, and with HIGHESTMODSEQ for those who know it', async () => {
    await fixture.deliver(message, 'Work')
    await client.ok('ENABLE CONDSTORE')
    const told = await client.ok(`NOTIFY SET STATUS (mailboxes (Work Drafts) ${all})`)
    expect(told.map((line) => line.split(' ')[2]).sort()).toEqual(['Drafts', 'Work'])
    expect(told.find((line) => line.includes('Work'))).toMatch(/MESSAGES 1 .*UNSEEN 1 HIGHESTMODSEQ \d+\)$/)
  })

  it('those that a group with NONE names before are left out', async () => {
    await client.ok(`NOTIFY SET (mailboxes Junk NONE) (personal ${all})`)
    await fixture.deliver(message, 'Junk')
    await fixture.deliver(message, 'Archive')
    expect(await client.response()).toContain('STATUS Archive')
    expect(await client.ok('NOOP')).toEqual([])
  })

  it('of subscribed ones, of trees, and of INBOX alone', async () => {
    await other.ok('CREATE a/b')
    await other.ok('CREATE ab')
    await client.ok(`NOTIFY SET (subtree a ${all})`)
    await fixture.deliver(message, 'ab')
    await fixture.deliver(message, 'a/b')
    expect(await client.response()).toContain('STATUS a/b')
    await client.ok(`NOTIFY SET (inboxes ${all})`)
    await fixture.deliver(message, 'a/b')
    await fixture.deliver(message)
    expect(await client.response()).toContain('STATUS INBOX')
    await client.ok(`NOTIFY SET (subscribed ${all})`)
    await fixture.deliver(message, 'ab')
    await fixture.deliver(message, 'Sent')
    expect(await client.response()).toContain('STATUS Sent')
    expect(await client.ok('NOOP')).toEqual([])
  })

  it('of others, as far as the rights on them go', async () => {
    const team: MailboxResource = { ...fixture.mailbox, id: 'team', address: 'team@example.org', passwordHash: '' }
    const share = (rights: string): void =>
      fixture.apply({ ...team, members: rights === '' ? [] : [{ mailboxId: fixture.mailbox.id, rights }] })
    const deliver = async (): Promise<void> =>
      void (await fixture.store.deliver({ size: message.length, buffer: Buffer.from(message) }, [
        { accountId: 'team' },
      ]))
    share('lr')
    await fixture.store.mailboxes('team')
    await client.ok(`NOTIFY SET (subtree Shared (MessageNew MessageExpunge FlagChange MailboxName))`)
    await deliver()
    expect(await client.response()).toMatch(/^\* STATUS "?Shared\/team@example.org\/INBOX"? \(MESSAGES 1 /)
    share('')
    await expect
      .poll(async () => (await client.ok('NOOP')).filter((line) => line.includes('\\NonExistent')))
      .toEqual([])
    await deliver()
    const told = await client.ok('NOOP')
    expect(told.filter((line) => line.startsWith('* STATUS'))).toEqual([])
  })
})

describe('names and notes', () => {
  it('mailboxes that come, go and change their names', async () => {
    await client.ok('NOTIFY SET (personal (MailboxName))')
    await other.ok('CREATE Work')
    expect(await client.response()).toBe('* LIST () "/" Work')
    await other.ok('RENAME Work Play')
    expect(await client.response()).toBe('* LIST () "/" Play ("OLDNAME" (Work))')
    await other.ok('DELETE Play')
    expect(await client.response()).toBe('* LIST (\\NonExistent) "/" Play')
  })

  it('one that a delivery made is told of with the message that made it', async () => {
    await client.ok(`NOTIFY SET (personal (MailboxName MessageNew MessageExpunge))`)
    await fixture.deliver(message, 'Lists')
    expect(await client.response()).toBe('* LIST (\\Subscribed) "/" Lists')
    expect(await client.response()).toMatch(/^\* STATUS Lists \(MESSAGES 1 UIDNEXT 2 /)
  })

  it('subscriptions', async () => {
    await client.ok('NOTIFY SET (personal (SubscriptionChange))')
    await other.ok('UNSUBSCRIBE Junk')
    expect(await client.response()).toBe('* LIST () "/" Junk')
    await other.ok('SUBSCRIBE Junk')
    expect(await client.response()).toBe('* LIST (\\Subscribed) "/" Junk')
  })

  it('annotations, by their names', async () => {
    await client.ok('NOTIFY SET (personal (MailboxMetadataChange ServerMetadataChange))')
    await other.ok('SETMETADATA Junk (/private/comment "x" /private/color "y")')
    expect(await client.response()).toBe('* METADATA Junk /private/color /private/comment')
    await other.ok('SETMETADATA Junk (/private/comment NIL)')
    expect(await client.response()).toBe('* METADATA Junk /private/comment')
    await other.ok('SETMETADATA "" (/private/comment "z")')
    expect(await client.response()).toBe('* METADATA "" /private/comment')
  })
})

describe('the selected mailbox', () => {
  it('is told of at once, with what was asked for of new messages', async () => {
    await client.ok('SELECT INBOX')
    await client.ok(
      'NOTIFY SET (selected (MessageNew (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)]) MessageExpunge FlagChange))',
    )
    await fixture.deliver(message)
    expect(await client.response()).toBe('* 1 EXISTS')
    expect(await client.response()).toBe(
      '* 1 FETCH (UID 1 FLAGS () BODY[HEADER.FIELDS (SUBJECT)] {17}\r\nSubject: news\r\n\r\n)',
    )
    await other.ok('SELECT INBOX')
    await other.ok('STORE 1 +FLAGS (\\Deleted)')
    expect(await client.response()).toBe('* 1 FETCH (UID 1 FLAGS (\\Deleted))')
    await other.ok('EXPUNGE')
    expect(await client.response()).toBe('* 1 EXPUNGE')
  })

  it('with delay, expunged messages wait for a command', async () => {
    await client.ok('SELECT INBOX')
    await client.ok(`NOTIFY SET (selected-delayed ${all})`)
    await fixture.deliver(message)
    expect(await client.response()).toBe('* 1 EXISTS')
    await other.ok('SELECT INBOX')
    await other.ok('STORE 1 +FLAGS (\\Deleted)')
    expect(await client.response()).toContain('FETCH')
    await other.ok('EXPUNGE')
    await fixture.deliver(message)
    expect(await client.response()).toBe('* 2 EXISTS')
    expect(await client.ok('NOOP')).toEqual(['* 1 EXPUNGE'])
  })

  it('is silent after NONE, and where no group is about it', async () => {
    await client.ok('SELECT INBOX')
    for (const wanted of ['NONE', 'SET (mailboxes Junk (MessageNew MessageExpunge))']) {
      await client.ok(`NOTIFY ${wanted}`)
      await fixture.deliver(message)
      expect(await client.ok('NOOP')).toEqual([])
    }
    await client.ok(`NOTIFY SET (selected ${all})`)
    expect(await client.ok('NOOP')).toEqual([])
    expect(await client.ok('SEARCH ALL')).toEqual(['* SEARCH 1 2'])
  })

  it('IDLE tells of the same', async () => {
    await client.ok('SELECT INBOX')
    await client.ok(`NOTIFY SET (selected ${all}) (mailboxes Junk ${all})`)
    client.send('i IDLE\r\n')
    expect(await client.response()).toBe('+ idling')
    await fixture.deliver(message, 'Junk')
    expect(await client.response()).toContain('STATUS Junk')
    await fixture.deliver(message)
    expect(await client.response()).toBe('* 1 EXISTS')
    client.send('DONE\r\n')
    expect(await client.response()).toMatch(/^i OK/)
  })
})

describe('what is refused', () => {
  it.each([
    'NOTIFY',
    'NOTIFY SET',
    'NOTIFY ALL',
    'NOTIFY SET (personal)',
    'NOTIFY SET (personal ())',
    'NOTIFY SET (personal (MessageNew))',
    'NOTIFY SET (personal (MessageExpunge))',
    'NOTIFY SET (personal (FlagChange))',
    'NOTIFY SET (personal (MessageNew (UID) MessageExpunge))',
    'NOTIFY SET (selected (MailboxName))',
    `NOTIFY SET (selected ${all}) (selected-delayed ${all})`,
    'NOTIFY SET (mailboxes () (MailboxName))',
    'NOTIFY SET (nowhere (MailboxName))',
    `NOTIFY SET (personal ${all}) `,
  ])('%s', async (text) => {
    expect(await answer(text)).toMatch(/^BAD /)
    await client.ok('NOOP')
  })

  it('unknown events, with those that are known', async () => {
    expect(await answer('NOTIFY SET (personal (AnnotationChange))')).toBe(
      'NO [BADEVENT (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange)] Some of the events are not known',
    )
  })

  it('too many groups', async () => {
    expect(await answer(`NOTIFY SET${' (personal NONE)'.repeat(60)}`)).toMatch(/^NO \[LIMIT\]/)
  })
})

it('a client that leaves, or is silent for too long, leaves nothing behind', async () => {
  await client.ok(`NOTIFY SET (personal ${all})`)
  client.destroy()
  await expect.poll(() => fixture.server.connections()).toBe(1)
  await fixture.deliver(message, 'Archive')
})
