/** Clients that others wrote, over TLS, against the real server. */
import { spawn } from 'node:child_process'
import { ImapFlow } from 'imapflow'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openImapFixture, type ImapFixture } from './test-support/imap-fixture.js'

let fixture: ImapFixture
beforeEach(async () => {
  fixture = await openImapFixture()
})
afterEach(() => fixture.close())

const message = (subject: string): string =>
  `From: Bob <bob@example.net>\r\nTo: alice@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@example.net>\r\n\r\nHello ${subject}\r\n`

describe('imapflow', () => {
  const connect = async (): Promise<ImapFlow> => {
    const client = new ImapFlow({
      host: '127.0.0.1',
      port: fixture.plainPort,
      secure: false,
      doSTARTTLS: true,
      auth: { user: fixture.mailbox.address, pass: fixture.password },
      tls: { rejectUnauthorized: false },
      logger: false,
    })
    await client.connect()
    return client
  }

  it('lists, appends, fetches, searches, flags, moves and deletes', async () => {
    const client = await connect()
    const special = (await client.list()).map(({ path, specialUse }) => [path, specialUse])
    expect(special).toContainEqual(['Drafts', '\\Drafts'])
    await client.mailboxCreate('Kunden/Müller')
    await client.append('INBOX', message('one'), ['\\Seen'])
    await client.append('INBOX', message('two'))
    await client.mailboxOpen('INBOX')
    const fetched = await client.fetchAll('1:*', { envelope: true, flags: true, bodyStructure: true, source: true })
    expect(fetched.map(({ envelope }) => envelope!.subject)).toEqual(['one', 'two'])
    expect(fetched[0]!.envelope!.from![0]!.address).toBe('bob@example.net')
    expect(fetched[0]!.source!.toString()).toBe(message('one'))
    expect(fetched[0]!.bodyStructure!.type).toBe('text/plain')
    expect(await client.search({ subject: 'two' }, { uid: true })).toEqual([2])
    await client.messageFlagsAdd('2', ['\\Flagged'], { uid: true })
    expect([...((await client.fetchOne('2', { flags: true }, { uid: true })) as { flags: Set<string> }).flags]).toEqual(
      ['\\Flagged'],
    )
    const moved = await client.messageMove('1', 'Kunden/Müller', { uid: true })
    expect(moved && moved.uidMap!.get(1)).toBe(1)
    await client.messageDelete('2', { uid: true })
    expect(await client.status('Kunden/Müller', { messages: true })).toMatchObject({ messages: 1 })
    expect(await client.status('INBOX', { messages: true })).toMatchObject({ messages: 0 })
    expect(await client.getQuota('INBOX')).toMatchObject({ storage: { limit: 1_073_741_824 } })
    await client.logout()
  })

  it('hears of a delivery while idle', async () => {
    const client = await connect()
    await client.mailboxOpen('INBOX')
    const heard = new Promise<number>((resolve) =>
      client.once('exists', ({ count }: { count: number }) => resolve(count)),
    )
    const idling = client.idle()
    await fixture.deliver(message('one'))
    expect(await heard).toBe(1)
    await client.logout()
    await idling
  })
})

const script = `
import imaplib, os, ssl, sys, time
context = ssl.create_default_context()
context.check_hostname = False
context.verify_mode = ssl.CERT_NONE
def check(answer):
    assert answer[0] == 'OK', answer
    return answer[1]
user, password = os.environ['IMAP_USER'], os.environ['IMAP_PASSWORD']
imap = imaplib.IMAP4('127.0.0.1', int(os.environ['IMAP_PORT']))
check(imap.starttls(context))
check(imap.authenticate('PLAIN', lambda _: ('\\0' + user + '\\0' + password).encode()))
message = b'Subject: from Python\\r\\n\\r\\nbody\\r\\n'
check(imap.append('INBOX', '(\\\\Flagged)', imaplib.Time2Internaldate(time.time()), message))
assert check(imap.select('INBOX')) == [b'1']
assert check(imap.fetch('1', '(RFC822)'))[0][1] == message
assert b'Flagged' in check(imap.fetch('1', '(FLAGS)'))[0]
assert check(imap.search(None, 'SUBJECT', '"python"')) == [b'1']
check(imap.create('"A folder"'))
assert any(b'A folder' in line for line in check(imap.list()))
check(imap.copy('1', '"A folder"'))
check(imap.store('1', '+FLAGS', '\\\\Deleted'))
assert check(imap.expunge()) == [b'1']
assert b'MESSAGES 1' in check(imap.status('"A folder"', '(MESSAGES)'))[0]
assert check(imap.getquotaroot('INBOX'))[1][0].startswith(b'"" (STORAGE')
check(imap.rename('"A folder"', 'B'))
check(imap.delete('B'))
check(imap.namespace())
imap.close()
imap.logout()
print('done')
`

const python = (
  source: string,
  environment: Record<string, string>,
): Promise<{ code: number | null; output: string }> =>
  new Promise((resolve, reject) => {
    const child = spawn('python3', ['-c', source], { env: { ...process.env, ...environment } })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output }))
  })
const pythonIsThere = await python('print(1)', {}).then(
  ({ code }) => code === 0,
  () => false,
)

describe.skipIf(!pythonIsThere)('imaplib (skipped where there is no python3)', () => {
  it('does all that mail programs in Python do', async () => {
    const { code, output } = await python(script, {
      IMAP_PORT: String(fixture.plainPort),
      IMAP_USER: fixture.mailbox.address,
      IMAP_PASSWORD: fixture.password,
    })
    expect(output).toBe('done\n')
    expect(code).toBe(0)
  })
})
