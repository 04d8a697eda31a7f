/** What clients that mean harm, or do not know better, cannot do. */
import { connect } from 'node:tls'
import { readdir } from 'node:fs/promises'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ImapTestClient } from './test-support/imap-test-client.js'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture({ maxMessageBytes: 65_536 })
})
afterEach(() => fixture.close())

describe('hostile input', () => {
  it('cannot turn text into a second command', async () => {
    const client = await fixture.signIn()
    await client.ok('SELECT INBOX')
    const inner = 'x\r\nz CREATE Injected\r\n'
    expect((await client.command(`SEARCH SUBJECT {${inner.length}}\r\n${inner}`)).tagged).toMatch(/^OK/)
    expect((await client.command(`CREATE {${inner.length}}\r\n${inner}`)).tagged).toMatch(/^NO \[CANNOT\]/)
    expect((await client.command(`FOO {${inner.length}}\r\n${inner}`)).tagged).toMatch(/^BAD/)
    client.send(`a SEARCH {${inner.length}+}\r\n${inner} {99999999+}\r\n`)
    let last = ''
    while (!last.startsWith('* BYE')) last = await client.response()
    const other = await fixture.signIn()
    expect(await other.ok('LIST "" Injected')).toEqual([])
  })

  it('cannot make the server hold a thousand literals', async () => {
    const client = await fixture.signIn()
    const mebibyte = 'a'.repeat(1_048_576)
    client.send('a SEARCH OR')
    const sending = (async () => {
      for (let count = 0; count < 1_000; count++) client.send(` SUBJECT {1048576+}\r\n${mebibyte.slice(0, 1024)}`)
    })()
    expect(await client.response()).toMatch(/^\* BYE/)
    await sending
    await client.end()
  })

  it('meets a bound on every message it appends', async () => {
    const client = await fixture.signIn()
    const large = 'a'.repeat(100_000)
    client.send(`a APPEND INBOX {${large.length}+}\r\n${large}\r\nb NOOP\r\n`)
    expect(await client.response()).toMatch(/^a NO \[TOOBIG\]/)
    expect(await client.response()).toMatch(/^b OK/)
    client.send('c APPEND INBOX {2147483648+}\r\n')
    expect(await client.response()).toMatch(/^\* BYE \[TOOBIG\]/)
    expect(await (await fixture.signIn()).ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 0)'])
  })

  it('gets an answer to lines that end in LF alone', async () => {
    const client = await fixture.connect()
    client.send('a NOOP\nb NOOP\r\n')
    expect(await client.response()).toMatch(/^\* BAD/)
    expect(await client.response()).toMatch(/^b OK/)
  })

  it('leaves nothing behind when it leaves in the middle of a message', async () => {
    const client = await fixture.signIn()
    client.send('a APPEND INBOX {60000}\r\n')
    expect(await client.response()).toMatch(/^\+/)
    client.send('a'.repeat(30_000))
    client.destroy()
    const other = await fixture.signIn()
    await expect.poll(() => fixture.server.connections()).toBe(1)
    expect(await other.ok('STATUS INBOX (MESSAGES)')).toEqual(['* STATUS INBOX (MESSAGES 0)'])
  })

  it('leaves no file behind when it leaves after a large message', async () => {
    const roomy = await openImapFixture()
    const spooled = async (): Promise<string[]> =>
      (await readdir(roomy.spoolDirectory)).filter((name) => name.startsWith('append-'))
    const client = await roomy.signIn()
    client.send(`a APPEND INBOX {1000000}\r\n`)
    expect(await client.response()).toMatch(/^\+/)
    client.send('a'.repeat(1_000_000))
    await expect.poll(spooled).toHaveLength(1)
    client.destroy()
    await expect.poll(spooled).toHaveLength(0)
    await roomy.close()
  })

  it('spends no more than a moment on any argument', async () => {
    const client = await fixture.signIn()
    await fixture.deliver('Subject: x\r\n\r\ny\r\n')
    await client.ok('SELECT INBOX')
    const filler = (text: string): string => text.repeat(Math.floor(60_000 / text.length))
    const commands = [
      `FETCH ${filler('1:*,')}1 FLAGS`,
      `FETCH ${filler('4294967295:1,')}1 (UID)`,
      `UID FETCH ${filler('1:4294967295,')}* FLAGS`,
      `LIST "" "${filler('*%')}"`,
      `LIST "" "${filler('a*')}"`,
      `LIST "" (${filler('* ')}%)`,
      `SEARCH ${filler('NOT ')}ALL`,
      `SEARCH ${filler('(')}`,
      `SEARCH ${filler('OR ALL ')}ALL`,
      `SEARCH SUBJECT "${filler('\\"')}`,
      `SEARCH SUBJECT "${filler('a\\\\')}"`,
      `STORE 1 +FLAGS (${filler('a ')}b)`,
      `STORE 1 +FLAGS (${filler('a')})`,
      `FETCH 1 (${filler('BODY.PEEK[] ')}UID)`,
      `FETCH 1 BODY.PEEK[${filler('1.')}1]`,
      `FETCH 1 BODY.PEEK[HEADER.FIELDS (${filler('a ')}b)]`,
      `SELECT "&${filler('AAAA')}-"`,
      `SELECT ${filler('&-')}`,
      `STATUS INBOX (${filler('MESSAGES ')}UNSEEN)`,
      `ID (${filler('"a" "b" ')}"a" "b")`,
    ]
    for (const command of commands) await client.command(command)
    const again = await fixture.signIn()
    await again.ok('NOOP')
  })

  it('finds a server that answers the next client, whatever octets it sends', async () => {
    const words = [
      'a ',
      'LOGIN ',
      'SELECT INBOX',
      'FETCH 1 ',
      'BODY[]',
      ' ',
      '\r\n',
      '{3}',
      '{5+}',
      '"',
      '(',
      ')',
      '\\',
      '*',
      '\0',
    ]
    const text = fc.oneof(
      fc.array(fc.constantFrom(...words), { maxLength: 30 }).map((parts) => parts.join('') + '\r\n'),
      fc.string({ unit: 'binary-ascii', maxLength: 300 }),
    )
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), async (octets, signedIn) => {
        const client = signedIn ? await fixture.signIn() : await fixture.connect()
        client.send(Buffer.from(octets, 'latin1'))
        client.send('\r\nz LOGOUT\r\n')
        client.destroy()
      }),
      { numRuns: 60 },
    )
    await (await fixture.signIn()).ok('NOOP')
  })
})

describe('limits', () => {
  it('on the time to sign in', async () => {
    const strict = await openImapFixture({ signInTimeoutMs: 200 })
    const client = await strict.connect()
    client.send('a NO')
    expect(await client.response()).toMatch(/^\* BYE/)
    await client.end()
    await strict.close()
  })

  it('on idleness', async () => {
    const strict = await openImapFixture({ idleTimeoutMs: 300 })
    const client = await strict.signIn()
    client.send('a IDLE\r\n')
    expect(await client.response()).toBe('+ idling')
    expect(await client.response()).toMatch(/^\* BYE/)
    await client.end()
    await strict.close()
  })

  it('on connections', async () => {
    const strict = await openImapFixture({ maxConnectionsPerIp: 2 })
    await strict.connect()
    await strict.connect()
    const refused = await ImapTestClient.connect(strict.plainPort, false)
    expect(refused.greeting).toMatch(/^\* BYE \[UNAVAILABLE\]/)
    refused.destroy()
    await strict.close()
  })

  it('on what a client leaves unread', async () => {
    await fixture.deliver(`Subject: large\r\n\r\n${'x'.repeat(70_000)}`)
    const socket = connect({ host: '127.0.0.1', port: fixture.tlsPort, rejectUnauthorized: false })
    await new Promise((resolve) => socket.once('secureConnect', resolve))
    socket.pause()
    socket.write(`a LOGIN alice@example.org ${fixture.password}\r\nb SELECT INBOX\r\n`)
    const before = process.memoryUsage().rss
    socket.write('c FETCH 1 BODY.PEEK[]\r\n'.repeat(2_000))
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    // 140 MB were asked for.
    expect(process.memoryUsage().rss - before).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
  })
})
