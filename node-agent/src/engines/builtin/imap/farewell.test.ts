/** However a session ends, its client hears BYE once; and ID (RFC 2971), which clients say first. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

async function rest(client: ImapTestClient): Promise<string[]> {
  const lines: string[] = []
  await client.end()
  for (;;) {
    const line = await client.response().catch(() => null)
    if (line === null) return lines
    lines.push(line)
  }
}

describe('BYE is said once', () => {
  it('at shut-down, to those that are idle and those that are not', async () => {
    const [idle, waiting] = [await fixture.signIn(), await fixture.signIn()]
    idle.send('a IDLE\r\n')
    expect(await idle.response()).toBe('+ idling')
    await fixture.server.close(2_000)
    for (const client of [idle, waiting]) expect(await rest(client)).toEqual(['* BYE The server is shutting down'])
  })

  it('to an account that is closed while it is idle', async () => {
    const client = await fixture.signIn()
    client.send('a IDLE\r\n')
    expect(await client.response()).toBe('+ idling')
    fixture.remove(fixture.mailbox)
    expect(await rest(client)).toEqual(['* BYE The account was closed or its password changed'])
  })

  it('after LOGOUT', async () => {
    const client = await fixture.signIn()
    client.send('a LOGOUT\r\nb NOOP\r\n')
    expect(await rest(client)).toEqual(['* BYE Logging out', 'a OK LOGOUT completed'])
  })
})

describe('ID', () => {
  it.each(['NIL', '()', '("name" "x" "version" NIL)', '("name" {3}\r\nabc)'])(
    'takes %s and tells its own',
    async (text) => {
      const client = await fixture.connect()
      expect(await client.ok(`ID ${text}`)).toEqual(['* ID ("name" "Mailfleet")'])
    },
  )

  const pairs = (count: number): string => Array.from({ length: count }, (_, index) => `"f${index}" "v"`).join(' ')
  it.each([
    `("name" "x" "NAME" "y")`,
    `("${'f'.repeat(31)}" "x")`,
    `("name" "${'v'.repeat(1025)}")`,
    `(${pairs(31)})`,
    '("name")',
    '(NIL "x")',
    'x',
  ])('refuses %s', async (text) => {
    expect((await (await fixture.connect()).command(`ID ${text}`)).tagged).toMatch(/^BAD/)
  })
})
