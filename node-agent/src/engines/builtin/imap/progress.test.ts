/** INPROGRESS (RFC 9585): what a client hears while a command takes long. */
import { afterEach, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'

let fixture: ImapFixture
afterEach(() => fixture.close())

async function searchAll(progressIntervalMs?: number): Promise<string[]> {
  fixture = await openImapFixture(progressIntervalMs === undefined ? {} : { progressIntervalMs })
  for (const subject of ['1', '2', '3']) await fixture.deliver(`Subject: ${subject}\r\n\r\nHello\r\n`)
  const client = await fixture.signIn()
  await client.ok('SELECT INBOX')
  client.send('long SEARCH BODY hello\r\n')
  const lines: string[] = []
  while (!lines.at(-1)?.startsWith('long ')) lines.push(await client.response())
  return lines
}

it('a command that takes long tells its tag and how far it is', async () => {
  const lines = await searchAll(0)
  const told = lines.filter((line) => line.includes('INPROGRESS'))
  expect(told).toContain('* OK [INPROGRESS ("long" NIL NIL)] Still working')
  expect(told.slice(-3)).toEqual([0, 1, 2].map((done) => `* OK [INPROGRESS ("long" ${done} 3)] Still working`))
  expect(lines.slice(-2)).toEqual(['* SEARCH 1 2 3', expect.stringMatching(/^long OK/)])
})

it('a command that does not is answered without a word more', async () => {
  expect(await searchAll()).toEqual(['* SEARCH 1 2 3', expect.stringMatching(/^long OK/)])
})
