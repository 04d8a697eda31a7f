/** Shared mailboxes and access control lists (RFC 4314): each command, with each right missing. */
import { domainResource, type MailboxResource } from '@mailfleet/schema'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { commands } from '../commands/table.js'
import { openImapFixture, type ImapFixture } from '../test-support/imap-fixture.js'
import type { ImapTestClient } from '../test-support/imap-test-client.js'
import { allRights } from './rights.js'

let fixture: ImapFixture
let team: MailboxResource
let bob: MailboxResource
const root = 'Shared/team@example.org'

const share = (rights: string): void =>
  fixture.apply({ ...team, members: rights === '' ? [] : [{ mailboxId: fixture.mailbox.id, rights }] })

async function signInAs(mailbox: MailboxResource): Promise<ImapTestClient> {
  const client = await fixture.connect()
  await client.ok(`LOGIN ${mailbox.address} ${fixture.password}`)
  return client
}

beforeEach(async () => {
  fixture = await openImapFixture()
  team = { ...fixture.mailbox, id: 'team', address: 'team@example.org', passwordHash: '', quotaBytes: 1_000_000 }
  bob = { ...fixture.mailbox, id: 'bob', address: 'bob@example.org' }
  fixture.apply(bob)
  share('')
  for (const name of ['INBOX', 'Work']) {
    const buffer = Buffer.from('Subject: shared\r\n\r\nbody\r\n')
    const accounts = ['team', 'bob'].map((accountId) => ({ accountId, mailbox: name }))
    await fixture.store.deliver({ size: buffer.length, buffer }, accounts)
  }
})
afterEach(() => fixture.close())

const literal = (text: string): string => `{${text.length}}\r\n${text}`
const message = literal('Subject: new\r\n\r\n')
const work = `"${root}/Work"`

/** What each command takes on the mailbox that it names, or (`selected`) on the one that is selected. */
const takes: Record<string, { rights: string; text: string; selected?: true }> = {
  SELECT: { rights: 'r', text: `SELECT ${work}` },
  EXAMINE: { rights: 'r', text: `EXAMINE ${work}` },
  STATUS: { rights: 'r', text: `STATUS ${work} (MESSAGES)` },
  CREATE: { rights: 'k', text: `CREATE "${root}/Work/New"` },
  DELETE: { rights: 'x', text: `DELETE ${work}` },
  RENAME: { rights: 'kx', text: `RENAME ${work} "${root}/Renamed"` },
  SUBSCRIBE: { rights: 'l', text: `SUBSCRIBE ${work}` },
  APPEND: { rights: 'i', text: `APPEND ${work} ${message}` },
  GETQUOTAROOT: { rights: 'r', text: `GETQUOTAROOT ${work}` },
  GETQUOTA: { rights: 'r', text: `GETQUOTA ${root}` },
  SETACL: { rights: 'a', text: `SETACL ${work} bob@example.org lr` },
  DELETEACL: { rights: 'a', text: `DELETEACL ${work} bob@example.org` },
  SETMETADATA: { rights: 'lw', text: `SETMETADATA ${work} (/shared/comment "x")` },
  GETMETADATA: { rights: 'l', text: `GETMETADATA ${work} /shared/comment` },
  GETACL: { rights: 'a', text: `GETACL ${work}` },
  LISTRIGHTS: { rights: 'a', text: `LISTRIGHTS ${work} bob@example.org` },
  EXPUNGE: { rights: 'e', text: 'EXPUNGE', selected: true },
  'UID EXPUNGE': { rights: 'e', text: 'UID EXPUNGE 1', selected: true },
  STORE: { rights: 'w', text: 'STORE 1 +FLAGS (\\Flagged)', selected: true },
  'UID STORE': { rights: 't', text: 'UID STORE 1 +FLAGS (\\Deleted)', selected: true },
  COPY: { rights: 'i', text: `COPY 1 "${root}/Archive"`, selected: true },
  'UID COPY': { rights: 'i', text: `UID COPY 1 "${root}/Archive"`, selected: true },
  MOVE: { rights: 'ite', text: `MOVE 1 "${root}/Archive"`, selected: true },
  'UID MOVE': { rights: 'ite', text: `UID MOVE 1 "${root}/Archive"`, selected: true },
  REPLACE: { rights: 'ite', text: `REPLACE 1 ${work} ${message}`, selected: true },
  'UID REPLACE': { rights: 'ite', text: `UID REPLACE 1 ${work} ${message}`, selected: true },
}
/** Of no mailbox, or of the selected one, which takes `r` as a whole. */
const others = [
  ...[
    'CAPABILITY',
    'NOOP',
    'LOGOUT',
    'ID',
    'STARTTLS',
    'AUTHENTICATE',
    'LOGIN',
    'ENABLE',
    'NAMESPACE',
    'IDLE',
    'NOTIFY',
    'COMPRESS',
  ],
  // Names only what is listed; its own checks are below.
  ...['LIST', 'LSUB', 'UNSUBSCRIBE', 'MYRIGHTS'],
  ...['CHECK', 'CLOSE', 'UNSELECT', 'FETCH', 'UID FETCH'],
  ...['SEARCH', 'UID SEARCH', 'SORT', 'UID SORT', 'THREAD', 'UID THREAD'],
]

describe('rights', () => {
  it('are known of every command', () => {
    expect([...Object.keys(takes), ...others].sort()).toEqual(commands.map(({ name }) => name).sort())
  })

  it.each(Object.entries(takes))(
    '%s takes its rights, and changes nothing without',
    async (_, { rights, text, selected }) => {
      const client = await fixture.signIn()
      const before = async () => [
        await fixture.store.mailboxes('team'),
        await fixture.store.snapshot((await fixture.store.mailbox('team', 'Work'))!.id),
        await fixture.store.snapshot((await fixture.store.mailbox('team', 'Archive'))!.id),
      ]
      const state = await before()
      for (const missing of rights) {
        share(allRights.replace(missing, ''))
        if (selected) await client.ok(`SELECT ${work}`)
        const { tagged } = await client.command(text)
        expect(tagged, `without ${missing}`).toMatch(/^NO \[(NOPERM|NONEXISTENT|TRYCREATE)\]/)
      }
      expect(await before()).toEqual(state)
      share(allRights)
      if (selected) await client.ok(`SELECT ${work}`)
      expect((await client.command(text)).tagged).toMatch(/^OK/)
    },
  )

  it.each(Object.entries(takes).filter(([, { selected }]) => !selected))(
    '%s answers for what one may not see as for what does not exist',
    async (_, { text }) => {
      const client = await fixture.signIn()
      const answer = async (command: string) => (await client.command(command)).tagged
      const hidden = await answer(text)
      expect(hidden).toMatch(/^NO/)
      expect(await answer(text.replaceAll('team@', 'nobody@'))).toBe(hidden)
      expect(await answer(text.replaceAll('/Work', '/Missing'))).toBe(hidden)
    },
  )

  it('end a session that has the mailbox selected, idle or not', async () => {
    share('lr')
    const [idle, busy] = [await fixture.signIn(), await fixture.signIn()]
    for (const client of [idle, busy]) await client.ok(`SELECT ${work}`)
    idle.send('i IDLE\r\n')
    expect(await idle.response()).toMatch(/^\+/)
    share('l')
    expect(await idle.response()).toMatch(/^\* BYE/)
    busy.send('f FETCH 1 BODY[]\r\n')
    expect(await busy.response()).toMatch(/^\* BYE/)
  })
})

describe('shared mailboxes', () => {
  it('are listed to members alone, and to nobody else', async () => {
    const client = await fixture.signIn()
    expect((await client.ok('LIST "" *')).join('\n')).not.toContain('Shared')
    share('lr')
    const listed = (await client.ok('LIST "" *')).join('\n')
    expect(listed).toContain(`"/" "${root}/INBOX"`)
    expect(listed.match(/\\Sent/g)).toHaveLength(1)
    expect(await client.ok('NAMESPACE')).toEqual(['* NAMESPACE (("" "/")) (("Other Users/" "/")) (("Shared/" "/"))'])
    share('r')
    expect((await client.ok('LIST "" *')).join('\n')).not.toContain('Shared')
  })

  it('let nobody sign in', async () => {
    const client = await fixture.connect()
    for (const password of ['""', fixture.password])
      expect((await client.command(`LOGIN team@example.org ${password}`)).tagged).toMatch(
        /^NO \[AUTHENTICATIONFAILED\]/,
      )
  })

  it('keep \\Seen as it is for whom it may not be set, and tell what may', async () => {
    share('lrw')
    const client = await fixture.signIn()
    const told = (await client.ok(`SELECT ${work}`)).join('\n')
    expect(told).toMatch(/PERMANENTFLAGS \(\\Answered \\Flagged \\Draft \\\*\)/)
    await client.ok('FETCH 1 BODY[]')
    expect(await client.ok('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS ())'])
    expect(await client.ok('STORE 1 FLAGS (\\Seen \\Flagged)')).toEqual(['* 1 FETCH (FLAGS (\\Flagged))'])
  })

  it('are read-only for readers', async () => {
    share('lr')
    const client = await fixture.signIn()
    expect((await client.command(`SELECT ${work}`)).tagged).toMatch(/^OK \[READ-ONLY\]/)
  })

  it("take copies of others' messages, whose room the owner gives", async () => {
    share(allRights)
    await fixture.deliver(`Subject: mine\r\n\r\n${'x'.repeat(700_000)}\r\n`)
    const client = await fixture.signIn()
    await client.ok('SELECT INBOX')
    expect((await client.command(`COPY 1 ${work}`)).tagged).toMatch(/^OK \[COPYUID \d+ 1 2\]/)
    expect((await client.command(`COPY 1 ${work}`)).tagged).toMatch(/^NO \[OVERQUOTA\]/)
    expect(await client.ok(`GETQUOTAROOT ${work}`)).toEqual([
      `* QUOTAROOT ${work} "${root}"`,
      `* QUOTA "${root}" (STORAGE 684 976)`,
    ])
    await client.ok(`SELECT ${work}`)
    await client.ok('MOVE 1 Archive')
    expect(await client.ok('STATUS Archive (MESSAGES)')).toEqual(['* STATUS Archive (MESSAGES 1)'])
    expect(await client.ok('SEARCH ALL')).toEqual(['* SEARCH 1'])
  })
})

describe('access control lists', () => {
  it('open a mailbox to another account, and close it', async () => {
    const [alice, guest] = [await fixture.signIn(), await signInAs(bob)]
    await fixture.deliver('Subject: x\r\n\r\n', 'Plans')
    const name = '"Other Users/alice@example.org/Plans"'
    expect((await guest.command(`SELECT ${name}`)).tagged).toMatch(/^NO \[NONEXISTENT\]/)
    await alice.ok('SETACL Plans bob@example.org lr')
    await alice.ok('SETACL Plans bob@example.org +s')
    expect(await alice.ok('GETACL Plans')).toEqual([
      `* ACL Plans "alice@example.org" ${allRights}cd "bob@example.org" lrs`,
    ])
    expect(await guest.ok(`MYRIGHTS ${name}`)).toEqual([`* MYRIGHTS ${name} lrs`])
    await guest.ok(`SELECT ${name}`)
    await guest.ok(`SUBSCRIBE ${name}`)
    expect((await guest.ok('LSUB "" *')).join('\n')).toContain(name)
    guest.send('i IDLE\r\n')
    expect(await guest.response()).toMatch(/^\+/)
    await alice.ok('DELETEACL Plans bob@example.org')
    expect(await guest.response()).toMatch(/^\* BYE/)
  })

  it('take no owner, no stranger, and no unknown right', async () => {
    const strange = { ...bob, id: 'eve', address: 'eve@example.net', domainId: 'other' }
    const domain = { kind: 'Domain', id: 'other', tenantId: 'else', name: 'example.net' }
    fixture.apply(domainResource.parse({ ...domain, status: 'ACTIVE', catchAll: null }), strange)
    const client = await fixture.signIn()
    const answer = async (text: string) => (await client.command(text)).tagged
    const unknown = await answer('SETACL INBOX nobody@example.org lr')
    expect(unknown).toMatch(/^NO \[CANNOT\]/)
    expect(await answer('SETACL INBOX eve@example.net lr')).toBe(unknown)
    expect(await answer('SETACL INBOX anyone lr')).toBe(unknown)
    expect(await answer('SETACL INBOX alice@example.org ""')).toMatch(/^NO \[CANNOT\]/)
    expect(await answer('SETACL INBOX bob@example.org lq')).toMatch(/^BAD/)
  })

  it('cannot take what the control plane gave a member', async () => {
    share('lra')
    const client = await fixture.signIn()
    expect(await client.ok(`LISTRIGHTS ${work} alice@example.org`)).toEqual([
      `* LISTRIGHTS ${work} "alice@example.org" lra s w i p k x t e`,
    ])
    await client.ok(`SETACL ${work} alice@example.org ""`)
    expect(await client.ok(`MYRIGHTS ${work}`)).toEqual([`* MYRIGHTS ${work} lra`])
  })
})
