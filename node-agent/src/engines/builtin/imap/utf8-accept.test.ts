/** UTF8=ACCEPT over a real server. */
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

const wire = (text: string): string => Buffer.from(text).toString('latin1')

it('turns to UTF-8 when asked, and only for that session', async () => {
  expect((await client.command(`CREATE "${wire('Thư')}"`)).tagged).toMatch(/^NO \[CANNOT\]/)
  expect((await client.command('APPEND INBOX UTF8 (~{3}\r\none)')).tagged).toMatch(/^BAD/)
  expect(await client.ok('ENABLE UTF8=ACCEPT')).toEqual(['* ENABLED UTF8=ACCEPT'])
  await client.ok(`CREATE "${wire('Thư/Mới')}"`)
  await client.ok('CREATE "R&D"')
  expect(await client.ok(`LIST "" "${wire('Thư')}/%"`)).toEqual([`* LIST (\\HasNoChildren) "/" "${wire('Thư/Mới')}"`])
  expect(await client.ok('LIST "" R&D')).toEqual(['* LIST (\\HasNoChildren) "/" R&D'])
  expect(await client.ok(`STATUS "${wire('Thư')}" (MESSAGES)`)).toEqual([`* STATUS "${wire('Thư')}" (MESSAGES 0)`])
  expect((await client.command('CREATE "\xff"')).tagged).toMatch(/^NO \[CANNOT\]/)
  const other = await fixture.signIn()
  expect(await other.ok('LIST "" R*')).toEqual(['* LIST (\\HasNoChildren) "/" R&-D'])
  expect(await other.ok('STATUS "Th&AbA-" (MESSAGES)')).toEqual(['* STATUS Th&AbA- (MESSAGES 0)'])
})

it('takes messages with UTF-8 headers, among others', async () => {
  const message = wire('Subject: thư\r\n\r\nbody\r\n')
  const literal8 = `UTF8 (~{${message.length}}\r\n${message})`
  expect((await client.command(`APPEND INBOX (\\Seen) ${literal8}`)).tagged).toMatch(/^OK \[APPENDUID/)
  expect((await client.command(`APPEND INBOX ${literal8} {3}\r\none ${literal8}`)).tagged).toMatch(
    /^OK \[APPENDUID \d+ 2:4\]/,
  )
  await client.ok('SELECT INBOX')
  expect(await client.ok(`SEARCH SUBJECT "${wire('THƯ')}"`)).toEqual(['* SEARCH 1 2 4'])
  expect((await client.command('SEARCH CHARSET UTF-8 ALL')).tagged).toMatch(/^BAD/)
  for (const bad of ['UTF8 ({3}\r\none)', 'UTF8 (~{3}\r\none', 'UTF8 ~{3}\r\none', '~{3}\r\none)'])
    expect((await client.command(`APPEND INBOX ${bad}`)).tagged).toMatch(/^BAD/)
  expect(await client.ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 4)'])
})
