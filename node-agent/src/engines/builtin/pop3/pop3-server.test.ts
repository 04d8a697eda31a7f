import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { domainResource, nodeSettingsResource } from '@mailfleet/schema'
import { capabilities } from './capabilities.js'
import { commandTable } from './command-table.js'
import { openPop3Fixture, type Pop3Fixture } from './test-support/pop3-fixture.js'
import { Pop3TestClient } from './test-support/pop3-test-client.js'

const run = promisify(execFile)
const missing = (program: string, ...args: string[]): boolean => spawnSync(program, args).status !== 0

let shared: Pop3Fixture
let fixture: Pop3Fixture
const opened: Pop3Fixture[] = []
const open = async (options: Parameters<typeof openPop3Fixture>[0]): Promise<Pop3Fixture> => {
  const made = await openPop3Fixture(options)
  opened.push(made)
  return made
}
beforeAll(async () => void (shared = await openPop3Fixture()))
beforeEach(() => void (fixture = shared.withNewMailbox()))
afterEach(async () => {
  await shared.reset()
  await Promise.all(opened.splice(0).map((each) => each.close()))
})
afterAll(() => shared.close())

const simple = (text: string): string => `Subject: ${text}\r\n\r\n${text}\r\n`

describe('before the sign-in', () => {
  it('advertises what the table has, by state and TLS', async () => {
    const keywords = commandTable.map(({ keyword }) => keyword)
    const commandOf: Record<string, string> = {
      TOP: 'TOP',
      UIDL: 'UIDL',
      USER: 'USER',
      UTF8: 'UTF8',
      STLS: 'STLS',
      SASL: 'AUTH',
    }
    for (const secure of [true, false]) {
      for (const capability of capabilities({ secure, signedIn: false, mechanisms: [] })) {
        const command = commandOf[capability.split(' ')[0]!]
        if (command) expect(keywords).toContain(command)
      }
    }
    const plain = await Pop3TestClient.connect(fixture.plainPort, { plain: true })
    expect(plain.greeting).toBe('+OK mail.example.org POP3 server ready')
    const before = (await plain.sendMultiline('CAPA')).octets
    expect(before).toContain('STLS\r\n')
    expect(before).not.toMatch(/^USER|SASL/m)
    plain.destroy()
    const secure = (await (await fixture.connect()).sendMultiline('capa')).octets
    expect(secure).toMatch(/USER\r\nSASL PLAIN\r\n/)
    expect(secure).not.toContain('STLS')
    expect((await (await fixture.signIn()).sendMultiline('CAPA')).octets).not.toMatch(/^USER|SASL|STLS/m)
  })

  it('takes no password without TLS, and drops what came with STLS', async () => {
    const client = await Pop3TestClient.connect(fixture.plainPort, { plain: true })
    expect(await client.send(`USER ${fixture.alice.address}`)).toMatch(/^-ERR/)
    expect(await client.send('AUTH PLAIN AGEAYg==')).toMatch(/^-ERR/)
    client.write('STLS\r\nUSER mallory@example.org\r\n')
    expect(await client.line()).toMatch(/^\+OK/)
    await client.startTls()
    expect(await client.send('PASS x')).toBe('-ERR Send USER first')
    expect(await client.send('STLS')).toMatch(/^-ERR/)
    await client.send(`USER ${fixture.alice.address.toUpperCase()}`)
    expect(await client.send(`PASS ${fixture.password}`)).toBe('+OK 0 messages (0 octets)')
    client.destroy()
  })

  it('signs in by AUTH PLAIN, with and without an initial response', async () => {
    const response = (...parts: string[]) => Buffer.from(parts.join('\0')).toString('base64')
    const right = response('', fixture.alice.address, fixture.password)
    const first = await fixture.connect()
    expect(await first.send(`AUTH PLAIN ${right}`)).toMatch(/^\+OK 0/)
    expect(await first.send('QUIT')).toMatch(/^\+OK/)
    const second = await fixture.connect()
    expect(await second.send('AUTH CRAM-MD5')).toMatch(/^-ERR/)
    expect(await second.send('AUTH PLAIN')).toBe('+ ')
    expect(await second.send('*')).toMatch(/^-ERR/)
    expect(await second.send('AUTH PLAIN =')).toMatch(/^-ERR/)
    expect(await second.send('AUTH PLAIN !!!')).toMatch(/^-ERR/)
    expect(
      await second.send(`AUTH PLAIN ${response('bob@example.org', fixture.alice.address, fixture.password)}`),
    ).toBe('-ERR [AUTH] Sign-in failed')
    expect(await second.send('AUTH plain')).toBe('+ ')
    expect(await second.send(right)).toMatch(/^\+OK 0/)
  })

  it('answers the wrong password, the unknown and the suspended alike, and hangs up after three', async () => {
    fixture.apply({ ...fixture.alice, id: 'carol', address: 'carol@example.org', status: 'SUSPENDED' })
    const client = await fixture.connect()
    const answers = []
    for (const [name, password] of [
      [fixture.alice.address, 'wrong'],
      ['nobody@example.org', 'wrong'],
      ['carol@example.org', fixture.password],
    ]) {
      await client.send(`USER ${name}`)
      answers.push(await client.send(`PASS ${password}`))
    }
    expect(answers).toEqual(Array(3).fill('-ERR [AUTH] Sign-in failed'))
    expect(await client.rest()).toBe('')
  })

  it('does not wait for ever, nor suffer nonsense for ever', async () => {
    fixture = await open({ signInTimeoutMs: 200 })
    expect(await (await fixture.connect()).rest()).toBe('')
    const client = await fixture.connect()
    client.write('XYZZY\r\n'.repeat(30))
    expect((await client.rest()).split('\r\n').filter((line) => line.startsWith('-ERR'))).toHaveLength(20)
  })
})

describe('lines that are no commands', () => {
  it.each([
    ['a bare LF', 'NOOP\n', '-ERR Lines end in CRLF'],
    ['a NUL', 'NO\0OP\r\n', '-ERR The line has octets that no command has'],
    ['a bare CR', 'NOOP\rQUIT\r\n', '-ERR The line has octets that no command has'],
    ['an unknown command', 'XYZZY\r\n', '-ERR Unknown command'],
    ['an empty line', '\r\n', '-ERR Unknown command'],
    ['a command of another state', 'STAT\r\n', '-ERR Not in this state'],
    ['too many arguments', 'QUIT now\r\n', '-ERR Wrong number of arguments'],
    ['a line that is too long', `${'x'.repeat(13_000)}\r\n`, '-ERR The line is too long'],
  ])('refuses %s', async (_name, octets, answer) => {
    const client = await shared.connect()
    client.write(octets)
    expect(await client.line()).toBe(answer)
  })
})

describe('the maildrop', () => {
  it('lists, and keeps its numbers while messages are marked', async () => {
    await fixture.deliver(simple('one'), simple('two'), simple('three'))
    const client = await fixture.signIn()
    const size = (text: string) => simple(text).length
    const total = size('one') + size('two') + size('three')
    expect(await client.send('STAT')).toBe(`+OK 3 ${total}`)
    expect(await client.send('DELE 2')).toMatch(/^\+OK/)
    expect(await client.send('STAT')).toBe(`+OK 2 ${total - size('two')}`)
    expect((await client.sendMultiline('LIST')).octets).toBe(`1 ${size('one')}\r\n3 ${size('three')}\r\n.\r\n`)
    expect(await client.send('LIST 3')).toBe(`+OK 3 ${size('three')}`)
    for (const command of [
      'LIST 2',
      'DELE 2',
      'RETR 2',
      'TOP 2 0',
      'UIDL 2',
      'RETR 4',
      'RETR 0',
      'RETR -1',
      'RETR 1e0',
    ])
      expect(await client.send(command), command).toMatch(/^-ERR/)
    expect(await client.send('RSET')).toMatch(/^\+OK/)
    expect(await client.send('LIST 2')).toBe(`+OK 2 ${size('two')}`)
    expect(await client.send('NOOP')).toMatch(/^\+OK/)
  })

  it('deletes at QUIT only, and unique ids stay', async () => {
    await fixture.deliver(simple('one'), simple('two'), simple('three'))
    const first = await fixture.signIn()
    const ids = (await first.sendMultiline('UIDL')).octets.split('\r\n').map((line) => line.split(' ')[1])
    expect(new Set(ids.slice(0, 3)).size).toBe(3)
    await first.send('DELE 1')
    first.destroy()
    await expect.poll(() => fixture.server.connections()).toBe(0)
    const second = await fixture.signIn()
    expect(await second.send('STAT')).toMatch(/^\+OK 3 /)
    await second.send('DELE 1')
    expect(await second.send('QUIT')).toBe('+OK Goodbye, 1 messages deleted')
    await fixture.deliver(simple('four'))
    const third = await fixture.signIn()
    const later = (await third.sendMultiline('UIDL')).octets.split('\r\n')
    expect(later.slice(0, 2)).toEqual([`1 ${ids[1]}`, `2 ${ids[2]}`])
    expect(ids).not.toContain(later[2]!.split(' ')[1])
  })

  it('a message keeps its unique id when it is moved away and back; a copy has one of its own', async () => {
    await fixture.deliver(simple('one'), simple('two'))
    const before = await fixture.signIn()
    const [first, second] = (await before.sendMultiline('UIDL')).octets.split('\r\n').map((line) => line.split(' ')[1])
    await before.send('QUIT')
    const { store, alice } = fixture
    const inbox = (await store.mailbox(alice.id, 'INBOX'))!
    const archive = await store.createMailbox(alice.id, 'Away')
    await store.copy(inbox.id, [1], archive.id, true)
    await store.copy(archive.id, [1], inbox.id, true)
    await store.copy(inbox.id, [2], inbox.id, false)
    const after = await fixture.signIn()
    const ids = (await after.sendMultiline('UIDL')).octets.split('\r\n').slice(0, 3)
    expect(ids.slice(0, 2)).toEqual([`1 ${second}`, `2 ${first}`])
    expect([first, second]).not.toContain(ids[2]!.split(' ')[1])
  })

  it('UTF-8: offered, and messages come as they are', async () => {
    await fixture.deliver('Subject: thư từ\r\n\r\nchào\r\n')
    const client = await fixture.connect()
    expect((await client.sendMultiline('CAPA')).octets).toContain('UTF8 USER\r\n')
    expect(await client.send('UTF8')).toMatch(/^\+OK/)
    await client.send(`USER ${fixture.alice.address}`)
    await client.send(`PASS ${fixture.password}`)
    expect(await client.send('UTF8')).toMatch(/^-ERR/)
    const { octets } = await client.sendMultiline('RETR 1')
    expect(Buffer.from(octets, 'latin1').toString()).toBe('Subject: thư từ\r\n\r\nchào\r\n.\r\n')
  })

  it('stuffs dots, ends in its own line, and lets no stored octets end a message early', async () => {
    const message = '.\r\n..\r\nSubject: x\r\n\r\n.\r\n.line\r\na.b\r\nend without CRLF'
    await fixture.deliver(message, 'Subject: lf\n\nbody\n.\nDELE 1\n')
    const client = await fixture.signIn()
    expect((await client.sendMultiline('RETR 1')).octets).toBe(
      '..\r\n...\r\nSubject: x\r\n\r\n..\r\n..line\r\na.b\r\nend without CRLF\r\n.\r\n',
    )
    expect((await client.sendMultiline('RETR 2')).octets).toBe('Subject: lf\r\n\r\nbody\r\n..\r\nDELE 1\r\n.\r\n')
  })

  it('gives the header and some lines by TOP', async () => {
    await fixture.deliver('A: b\r\nC: d\r\n\r\n1\r\n.2\r\n3\r\n', 'Only: a header\r\n')
    const client = await fixture.signIn()
    const top = async (args: string) => (await client.sendMultiline(`TOP ${args}`)).octets
    expect(await top('1 0')).toBe('A: b\r\nC: d\r\n\r\n.\r\n')
    expect(await top('1 2')).toBe('A: b\r\nC: d\r\n\r\n1\r\n..2\r\n.\r\n')
    expect(await top('1 99')).toBe('A: b\r\nC: d\r\n\r\n1\r\n..2\r\n3\r\n.\r\n')
    expect(await top('2 5')).toBe('Only: a header\r\n.\r\n')
  })

  it('runs pipelined commands in order, after a half-close too', async () => {
    await fixture.deliver(simple('one'), simple('two'))
    const client = await fixture.connect()
    client.write(`USER ${fixture.alice.address}\r\nPASS ${fixture.password}\r\nSTAT\r\nRETR 1\r\nDELE 1\r\nQUIT\r\n`)
    expect((await client.rest()).match(/^[+-]\S+/gm)).toEqual(Array(6).fill('+OK'))
    expect(await (await fixture.signIn()).send('STAT')).toMatch(/^\+OK 1 /)
  })

  it('serves a large message whole', async () => {
    const message = `Subject: large\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(20_000)}`
    await fixture.deliver(message)
    const client = await fixture.signIn()
    expect((await client.sendMultiline('RETR 1')).octets === `${message}.\r\n`).toBe(true)
  })
})

describe('one client at a time', () => {
  it('refuses a second one, until the first has left', async () => {
    const first = await fixture.signIn()
    const second = await fixture.connect()
    await second.send(`USER ${fixture.alice.address}`)
    expect(await second.send(`PASS ${fixture.password}`)).toMatch(/^-ERR \[IN-USE\]/)
    first.destroy()
    await expect.poll(() => fixture.server.connections()).toBe(1)
    await second.send(`USER ${fixture.alice.address}`)
    expect(await second.send(`PASS ${fixture.password}`)).toMatch(/^\+OK/)
  })

  it('takes the mailbox from one that is silent, which then deletes nothing', async () => {
    fixture = await open({ giveWayAfterMs: 0 })
    await fixture.deliver(simple('one'))
    const dead = await fixture.signIn()
    await dead.send('DELE 1')
    const next = await fixture.signIn()
    dead.write('QUIT\r\n')
    expect(await dead.rest()).toMatch(/^-ERR \[SYS\/TEMP\]/)
    expect(await next.send('STAT')).toMatch(/^\+OK 1 /)
    expect(await next.send('QUIT')).toMatch(/^\+OK/)
    expect(await (await fixture.signIn()).send('STAT')).toMatch(/^\+OK 1 /)
  })

  it('ends the session of a mailbox that lost its right to go on', async () => {
    const { alice } = fixture
    const domain = domainResource.parse({
      kind: 'Domain',
      id: 'domain',
      tenantId: 'tenant',
      name: 'example.org',
      status: 'ACTIVE',
      catchAll: null,
    })
    const node = nodeSettingsResource.parse({
      kind: 'NodeSettings',
      id: 'node',
      hostName: 'mail.example.org',
      status: 'ACTIVE',
    })
    const changes: [lose: () => void, regain: () => void][] = [
      [() => fixture.apply({ ...node, status: 'SUSPENDED' }), () => fixture.apply(node)],
      [() => fixture.apply({ ...alice, status: 'SUSPENDED' }), () => fixture.apply(alice)],
      [() => fixture.apply({ ...alice, passwordHash: `${alice.passwordHash}x` }), () => fixture.apply(alice)],
      [() => fixture.apply({ ...domain, status: 'SUSPENDED' }), () => fixture.apply(domain)],
      [() => fixture.remove(alice), () => fixture.apply(alice)],
    ]
    for (const [lose, regain] of changes) {
      const client = await fixture.signIn()
      lose()
      expect(await client.rest()).toMatch(/^-ERR/)
      regain()
    }
  })

  it('says goodbye at shut-down', async () => {
    fixture = await open({})
    const client = await fixture.signIn()
    await fixture.server.close(1_000)
    expect(await client.rest()).toBe('-ERR [SYS/TEMP] The server is shutting down\r\n')
  })
})

describe('other people’s clients', () => {
  it.skipIf(missing('python3', '--version'))('poplib reads and deletes, over STLS and TLS', async () => {
    await fixture.deliver(simple('one'), '.leading\r\n\r\n.dot\r\n..\r\n', simple('three'))
    const script = `
import os, poplib, ssl, json
context = ssl.create_default_context(); context.check_hostname = False; context.verify_mode = ssl.CERT_NONE
def session(client):
    client.user(os.environ['LOGIN']); client.pass_(os.environ['PASSWORD'])
    return client
first = poplib.POP3('127.0.0.1', int(os.environ['PLAIN'])); first.stls(context); session(first)
whole = [b'\\r\\n'.join(first.retr(n)[1]).decode() for n in (1, 2, 3)]
uids = first.uidl()[1]; first.dele(2); first.quit()
second = session(poplib.POP3_SSL('127.0.0.1', int(os.environ['TLS']), context=context))
print(json.dumps([whole, second.stat(), len(uids), [u.decode().split()[1] for u in second.uidl()[1]] == [uids[0].decode().split()[1], uids[2].decode().split()[1]], second.capa()]))
second.quit()
`
    const { stdout } = await run('python3', ['-c', script], {
      env: {
        ...process.env,
        LOGIN: fixture.alice.address,
        PASSWORD: fixture.password,
        PLAIN: String(fixture.plainPort),
        TLS: String(fixture.tlsPort),
      },
    })
    const [whole, stat, count, same, capa] = JSON.parse(stdout) as [string[], number[], number, boolean, object]
    expect(whole).toEqual([simple('one'), '.leading\r\n\r\n.dot\r\n..\r\n', simple('three')].map((t) => t.slice(0, -2)))
    expect(stat).toEqual([2, simple('one').length + simple('three').length])
    expect([count, same]).toEqual([3, true])
    expect(capa).toMatchObject({ UIDL: [], TOP: [] })
  })

  it.skipIf(missing('curl', '--version'))('curl reads octet for octet', async () => {
    await fixture.deliver('.leading\r\n\r\n.dot\r\n..\r\n')
    const read = async (url: string) =>
      (await run('curl', ['-sSk', '--ssl-reqd', url, '-u', `${fixture.alice.address}:${fixture.password}`])).stdout
    expect(await read(`pop3://127.0.0.1:${fixture.plainPort}/1`)).toBe('.leading\r\n\r\n.dot\r\n..\r\n')
    expect(await read(`pop3s://127.0.0.1:${fixture.tlsPort}/1`)).toBe('.leading\r\n\r\n.dot\r\n..\r\n')
  })
})
