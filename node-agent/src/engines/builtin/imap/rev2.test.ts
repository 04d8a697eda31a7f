import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

async function rev2(): Promise<ImapTestClient> {
  const client = await fixture.signIn()
  client.hearsRecent = true
  expect(await client.ok('ENABLE IMAP4rev2')).toEqual(['* ENABLED IMAP4rev2'])
  return client
}

describe('IMAP4rev2', () => {
  it('has LIST and no RECENT in SELECT, nor \\Recent among flags', async () => {
    await fixture.deliver('Subject: x\r\n\r\n')
    const client = await rev2()
    const answers = (await client.ok('SELECT INBOX')).join('\n')
    expect(answers).toContain('* LIST () "/" INBOX')
    expect(answers).not.toMatch(/RECENT|UNSEEN/i)
    expect(await client.ok('FETCH 1 FLAGS')).toEqual(['* 1 FETCH (FLAGS ())'])
    await fixture.deliver('Subject: y\r\n\r\n')
    expect(await client.ok('NOOP')).toEqual(['* 2 EXISTS'])
  })

  it('answers every search with ESEARCH', async () => {
    await fixture.deliver('Subject: x\r\n\r\n')
    const client = await rev2()
    await client.ok('SELECT INBOX')
    expect((await client.ok('SEARCH ALL'))[0]).toMatch(/^\* ESEARCH \(TAG "t\d+"\) ALL 1$/)
    expect((await client.ok('UID SEARCH SEEN'))[0]).toMatch(/^\* ESEARCH \(TAG "t\d+"\) UID$/)
  })

  it('counts messages marked as deleted', async () => {
    for (const subject of ['x', 'y']) await fixture.deliver(`Subject: ${subject}\r\n\r\n`)
    const client = await rev2()
    await client.ok('SELECT INBOX')
    await client.ok('STORE 2 +FLAGS (\\Deleted)')
    expect(await client.ok('STATUS INBOX (DELETED SIZE)')).toEqual(['* STATUS INBOX (DELETED 1 SIZE 28)'])
  })

  it('has names in UTF-8', async () => {
    const client = await rev2()
    const name = Buffer.from('Thư').toString('latin1')
    await client.ok(`CREATE "${name}"`)
    expect(await client.ok(`LIST "" "${name}"`)).toEqual([`* LIST (\\HasNoChildren) "/" "${name}"`])
  })

  it('leaves rev1 clients what they know', async () => {
    await fixture.deliver('Subject: x\r\n\r\n')
    const client = await fixture.signIn()
    client.hearsRecent = true
    expect((await client.ok('SELECT INBOX')).join('\n')).toMatch(/1 RECENT/)
    expect(await client.ok('SEARCH ALL')).toEqual(['* SEARCH 1'])
  })
})

describe('SAVEDATE', () => {
  it('is told, searched and renewed by COPY', async () => {
    const client = await fixture.signIn()
    const message = 'Subject: x\r\n\r\n'
    await client.ok(`APPEND INBOX "01-Feb-2020 00:00:00 +0000" {${message.length}}\r\n${message}`)
    await client.ok('SELECT INBOX')
    const [told] = await client.ok('FETCH 1 (INTERNALDATE SAVEDATE)')
    expect(told).toMatch(/INTERNALDATE " 1-Feb-2020.*SAVEDATE "(?! 1-Feb-2020)/)
    expect(await client.ok('SEARCH SAVEDBEFORE 1-Jan-2024')).toEqual(['* SEARCH'])
    expect(await client.ok('SEARCH BEFORE 1-Jan-2024 SAVEDSINCE 1-Jan-2024 SAVEDATESUPPORTED')).toEqual(['* SEARCH 1'])
  })
})

describe('REPLACE', () => {
  const draft = (text: string): string => `{${text.length}}\r\n${text}`

  it('puts a message in the place of another, in this mailbox or another', async () => {
    const client = await fixture.signIn()
    await fixture.deliver('Subject: old\r\n\r\n')
    await client.ok('SELECT INBOX')
    const { untagged, tagged } = await client.command(`REPLACE 1 INBOX (\\Draft) ${draft('Subject: new\r\n\r\n')}`)
    expect(tagged).toMatch(/^OK/)
    expect(untagged).toEqual([expect.stringMatching(/^\* OK \[APPENDUID \d+ 2\]/), '* 1 EXPUNGE', '* 1 EXISTS'])
    await client.ok(`UID REPLACE 2 Drafts ${draft('Subject: third\r\n\r\n')}`)
    expect(await client.ok('STATUS Drafts (MESSAGES)')).toEqual(['* STATUS Drafts (MESSAGES 1)'])
    expect(await client.ok('SEARCH ALL')).toEqual(['* SEARCH'])
  })

  it('changes nothing where it fails', async () => {
    const client = await fixture.signIn()
    await fixture.deliver('Subject: old\r\n\r\n')
    await client.ok('SELECT INBOX')
    const answer = async (text: string): Promise<string> => (await client.command(text)).tagged
    expect(await answer(`REPLACE 1 Missing ${draft('x\r\n\r\n')}`)).toMatch(/^NO \[TRYCREATE\]/)
    expect(await answer(`REPLACE 2 INBOX ${draft('x\r\n\r\n')}`)).toMatch(/^BAD/)
    expect(await answer(`UID REPLACE 9 INBOX ${draft('x\r\n\r\n')}`)).toMatch(/^NO/)
    expect(await answer(`REPLACE 1:2 INBOX ${draft('x\r\n\r\n')}`)).toMatch(/^BAD/)
    await client.ok('EXAMINE INBOX')
    expect(await answer(`REPLACE 1 INBOX ${draft('x\r\n\r\n')}`)).toMatch(/^NO \[READ-ONLY\]/)
    expect(await client.ok('UID SEARCH ALL')).toEqual(['* SEARCH 1'])
  })

  it('needs no room for both', async () => {
    const full = await openImapFixture({ quotaBytes: 30 })
    try {
      await full.deliver('Subject: o\r\n\r\n12345678')
      const client = await full.signIn()
      await client.ok('SELECT INBOX')
      expect((await client.command(`APPEND INBOX ${draft('Subject: n\r\n\r\n12345678')}`)).tagged).toMatch(/OVERQUOTA/)
      await client.ok(`REPLACE 1 INBOX ${draft('Subject: n\r\n\r\n12345678')}`)
      expect(await client.ok('UID SEARCH ALL')).toEqual(['* SEARCH 2'])
    } finally {
      await full.close()
    }
  })
})
