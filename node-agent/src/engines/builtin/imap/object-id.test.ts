/** OBJECTID over a real server. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
let client: ImapTestClient
beforeAll(async () => {
  fixture = await openImapFixture()
  client = await fixture.signIn()
})
afterAll(() => fixture.close())

const idOf = (text: string): string => /(?:MAILBOXID|EMAILID) \(([A-Za-z0-9_-]{1,255})\)/.exec(text)![1]!
const mailboxId = async (name: string): Promise<string> => idOf((await client.ok(`STATUS ${name} (MAILBOXID)`))[0]!)

it('names a mailbox through RENAME, and never another one', async () => {
  const created = idOf((await client.command('CREATE One')).tagged)
  expect(await mailboxId('One')).toBe(created)
  await client.ok('RENAME One Two')
  expect(await mailboxId('Two')).toBe(created)
  expect(idOf((await client.ok('SELECT Two')).find((line) => line.includes('MAILBOXID'))!)).toBe(created)
  await client.ok('DELETE Two')
  expect(idOf((await client.command('CREATE Two')).tagged)).not.toBe(created)
  expect(await mailboxId('INBOX')).not.toBe(await mailboxId('Sent'))
})

it('names a message through COPY and MOVE, and finds it', async () => {
  await client.ok('APPEND INBOX {3}\r\none')
  await client.ok('APPEND INBOX {3}\r\ntwo')
  await client.ok('SELECT INBOX')
  const [one, two] = (await client.ok('FETCH 1:2 EMAILID')).map(idOf) as [string, string]
  expect(one).not.toBe(two)
  expect(await client.ok(`SEARCH EMAILID ${two}`)).toEqual(['* SEARCH 2'])
  expect(await client.ok('FETCH 1 (UID THREADID)')).toEqual(['* 1 FETCH (UID 1 THREADID NIL)'])
  expect(await client.ok('SEARCH THREADID T1')).toEqual(['* SEARCH'])
  await client.ok('COPY 1 Archive')
  await client.ok('MOVE 2 Archive')
  await client.ok('SELECT Archive')
  expect((await client.ok('FETCH 1:2 EMAILID')).map(idOf)).toEqual([one, two])
  for (const key of ['EMAILID', 'EMAILID a.b', `EMAILID ${'x'.repeat(256)}`])
    expect((await client.command(`SEARCH ${key}`)).tagged).toMatch(/^BAD/)
})
