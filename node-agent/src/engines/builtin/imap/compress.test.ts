import { randomBytes } from 'node:crypto'
import { constants, deflateRawSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'
import type { ImapTestClient } from './test-support/imap-test-client.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

async function compressed(): Promise<ImapTestClient> {
  const client = await fixture.signIn()
  expect((await client.command('COMPRESS DEFLATE')).tagged).toBe('OK DEFLATE active')
  client.deflate()
  return client
}

describe('COMPRESS', () => {
  it('carries commands, literals and large bodies both ways', async () => {
    const client = await compressed()
    const body = randomBytes(400_000).toString('base64')
    const message = `Subject: large\r\n\r\n${body}\r\n`
    await client.ok(`APPEND INBOX {${message.length}}\r\n${message}`)
    await client.ok('SELECT INBOX')
    const [answer] = await client.ok('FETCH 1 BODY.PEEK[]')
    expect(answer).toContain(body)
    expect((await client.command('LOGOUT')).untagged).toEqual(['* BYE Logging out'])
    await client.end()
  })

  it('is refused twice, and for what is not offered', async () => {
    const client = await fixture.signIn()
    expect((await client.command('COMPRESS LZ4')).tagged).toMatch(/^NO/)
    expect((await client.command('COMPRESS DEFLATE')).tagged).toMatch(/^OK/)
    client.deflate()
    expect((await client.command('COMPRESS DEFLATE')).tagged).toMatch(/^NO \[COMPRESSIONACTIVE\]/)
  })

  it('tells of changes while idle, and says goodbye', async () => {
    const client = await compressed()
    await client.ok('SELECT INBOX')
    client.send('i IDLE\r\n')
    expect(await client.response()).toMatch(/^\+/)
    await fixture.deliver('Subject: x\r\n\r\n')
    expect(await client.response()).toBe('* 1 EXISTS')
    fixture.remove(fixture.mailbox)
    expect(await client.response()).toMatch(/^\* BYE/)
  })

  it('expands a bomb no further than a command may be long', async () => {
    const client = await fixture.signIn()
    await client.ok('COMPRESS DEFLATE')
    const bomb = deflateRawSync(Buffer.alloc(256 * 1024 * 1024, 'a'), { finishFlush: constants.Z_SYNC_FLUSH })
    const before = process.memoryUsage().arrayBuffers
    client.send(bomb)
    await client.end()
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  })

  it('ends the connection at what is no deflate stream', async () => {
    const client = await fixture.signIn()
    await client.ok('COMPRESS DEFLATE')
    client.send(Buffer.alloc(64, 0xff))
    await client.end()
    await expect.poll(() => fixture.server.connections()).toBe(0)
  })

  it('drops what was sent before its answer was read', async () => {
    const client = await fixture.signIn()
    client.send('a COMPRESS DEFLATE\r\nb CREATE Early\r\n')
    expect(await client.response()).toBe('a OK DEFLATE active')
    client.deflate()
    expect(await client.ok('LIST "" Early')).toEqual([])
  })
})
