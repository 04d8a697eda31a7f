/**
 * Programs that people keep their mail with, against a node as it runs: what they fetch and what they change arrives on the other
 * side, with flags, in folders of Unicode names, for an address in an internationalised domain. imapflow, imaplib and poplib are
 * tested beside the protocols.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { domainToASCII } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildProduct } from '../support/build.js'
import { LineClient } from '../support/line-client.js'
import { NodeWithMailboxes } from '../support/node-with-mailboxes.js'
import { hasProgram, run } from '../support/python.js'

const folderName = 'Thư mục'
/** Modified UTF-7 (RFC 3501 section 5.1.3). */
const onTheWire = '"Th&AbA- m&HuU-c"'
const names = ['mbsync', 'offlineimap', 'fetchmail', 'getmail', 'mutt']
let folder: string
let node: NodeWithMailboxes
let certificate: X509Certificate

beforeAll(async () => {
  await buildProduct()
  folder = mkdtempSync(join(tmpdir(), 'mailfleet-programs-'))
  node = await NodeWithMailboxes.start(join(folder, 'node'), names, domainToASCII('thư.example'))
  certificate = await certificateOf(node.ports.imaps)
  writeFileSync(join(folder, 'certificate.pem'), certificate.toString())
}, 600_000)
afterAll(async () => {
  await node?.stop()
  rmSync(folder, { recursive: true, force: true })
})

const certificateOf = (port: number): Promise<X509Certificate> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerX509Certificate()!)
      socket.destroy()
    }).on('error', reject)
  })

const signIn = (name: string): Promise<LineClient> =>
  LineClient.signIn(node.ports.imaps, node.address(name), node.password)

const letter = (subject: string): string =>
  `From: a@remote.example\r\nTo: b@example.org\r\nSubject: ${subject}\r\nMessage-ID: <${subject}@remote.example>\r\n` +
  `Date: Tue, 24 Nov 2026 12:00:00 +0000\r\n\r\nbody of ${subject}\r\n`

const append = (client: LineClient, mailbox: string, subject: string, flags = ''): Promise<string> => {
  const text = letter(subject)
  return client.command(`APPEND ${mailbox} ${flags}{${text.length}+}\r\n${text}`)
}

/** As a Maildir: file and Subject of each message. */
function maildir(path: string): { file: string; subject: string; flags: string }[] {
  return ['cur', 'new'].flatMap((part) =>
    readdirSync(join(path, part)).map((name) => ({
      file: join(path, part, name),
      subject: /^Subject: (\S+)/m.exec(readFileSync(join(path, part, name), 'utf8'))![1]!,
      flags: /:2,(\w*)$/.exec(name)?.[1] ?? '',
    })),
  )
}
const subjectsOf = (path: string): string[] =>
  maildir(path)
    .map(({ subject }) => subject)
    .sort()

/** As an mbox, or messages end to end. */
const subjectsIn = (file: string): string[] =>
  [...readFileSync(file, 'utf8').matchAll(/^Subject: (\w+)/gm)].map(([, subject]) => subject!)

/** Both sides change, and both come to have both changes. */
async function twoWay(name: string, near: (mailbox: string) => string, sync: () => Promise<void>): Promise<void> {
  const client = await signIn(name)
  await client.command(`CREATE ${onTheWire}`)
  for (const subject of ['one', 'two', 'three']) await append(client, 'INBOX', subject)
  await append(client, onTheWire, 'four', '(\\Flagged) ')
  await sync()
  expect(subjectsOf(near('INBOX'))).toEqual(['one', 'three', 'two'])
  expect(maildir(near(folderName))).toMatchObject([{ subject: 'four', flags: 'F' }])

  const uids = new Map((await client.list('INBOX')).map(({ subject, uid }) => [subject, uid]))
  const here = new Map(maildir(near('INBOX')).map((message) => [message.subject, message.file]))
  const seen = here.get('one')!
  renameSync(seen, join(near('INBOX'), 'cur', `${seen.split('/').at(-1)!.replace(/:2,.*/, '')}:2,S`))
  rmSync(here.get('two')!)
  writeFileSync(join(near(folderName), 'new', '1700000000.1.near'), letter('five').replaceAll('\r\n', '\n'))
  await client.command('SELECT INBOX')
  await client.command(`UID STORE ${uids.get('three')} +FLAGS (\\Answered)`)
  await append(client, 'INBOX', 'six')
  await sync()

  const inbox = new Map((await client.list('INBOX')).map((message) => [message.subject, message]))
  expect([...inbox.keys()].sort()).toEqual(['one', 'six', 'three'])
  expect(inbox.get('one')).toMatchObject({ uid: uids.get('one'), flags: expect.stringContaining('\\Seen') })
  expect(inbox.get('three')!.uid).toBe(uids.get('three'))
  expect((await client.list(onTheWire)).map(({ subject }) => subject).sort()).toEqual(['five', 'four'])
  expect(subjectsOf(near('INBOX'))).toEqual(['one', 'six', 'three'])
  expect(maildir(near('INBOX')).find(({ subject }) => subject === 'three')!.flags).toContain('R')
  client.close()
}

async function succeeds(command: string, args: string[]): Promise<void> {
  const { status, stdout, stderr } = await run(command, args, { env: { ...process.env, HOME: folder } })
  expect(status, `${stdout.toString().slice(-2_000)}${stderr.slice(-2_000)}`).toBe(0)
}

const present = (program: string) => {
  const found = hasProgram(program)
  if (!found) console.log(`- without ${program}: its test is skipped`)
  return found
}

describe('mail programs', { timeout: 90_000 }, () => {
  it.skipIf(!present('mbsync'))('mbsync keeps two sides alike', async () => {
    const mail = join(folder, 'mbsync')
    mkdirSync(mail)
    writeFileSync(
      join(folder, 'mbsyncrc'),
      `IMAPAccount fleet\nHost 127.0.0.1\nPort ${node.ports.imaps}\nUser ${node.address('mbsync')}\nPass ${node.password}\nSSLType IMAPS\nCertificateFile ${folder}/certificate.pem\n\nIMAPStore far\nAccount fleet\n\nMaildirStore near\nPath ${mail}/\nInbox ${mail}/INBOX\nSubFolders Verbatim\n\nChannel all\nFar :far:\nNear :near:\nPatterns *\nCreate Both\nExpunge Both\nSyncState *\n`,
    )
    await twoWay(
      'mbsync',
      (mailbox) => join(mail, mailbox === 'INBOX' ? mailbox : onTheWire.slice(1, -1)),
      () => succeeds('mbsync', ['-c', join(folder, 'mbsyncrc'), 'all']),
    )
  })

  it.skipIf(!present('offlineimap'))('offlineimap keeps two sides alike', async () => {
    const mail = join(folder, 'offlineimap')
    const fingerprint = createHash('sha1').update(certificate.raw).digest('hex')
    writeFileSync(
      join(folder, 'offlineimaprc'),
      `[general]\naccounts = fleet\nmetadata = ${folder}/offlineimap-state\nui = basic\n[Account fleet]\nlocalrepository = near\nremoterepository = far\nutf8foldernames = yes\n[Repository near]\ntype = Maildir\nlocalfolders = ${mail}\n[Repository far]\ntype = IMAP\nremotehost = 127.0.0.1\nremoteport = ${node.ports.imaps}\nremoteuser = ${node.address('offlineimap')}\nremotepass = ${node.password}\nssl = yes\ncert_fingerprint = ${fingerprint}\n`,
    )
    await twoWay(
      'offlineimap',
      (mailbox) => join(mail, mailbox),
      () => succeeds('offlineimap', ['-o', '-c', join(folder, 'offlineimaprc')]),
    )
  })

  it.skipIf(!present('fetchmail'))('fetchmail takes by POP3 what it has not seen, and by IMAP all', async () => {
    const client = await signIn('fetchmail')
    for (const subject of ['one', 'two']) await append(client, 'INBOX', subject)
    const out = join(folder, 'fetched')
    const rc = join(folder, 'fetchmailrc')
    const poll = async (protocol: string, port: number, options: string): Promise<number> => {
      writeFileSync(
        rc,
        `poll 127.0.0.1 protocol ${protocol} port ${port} uidl user "${node.address('fetchmail')}" password "${node.password}" ssl sslcertck sslcertfile "${folder}/certificate.pem" sslcommonname "${certificateName()}" ${options} mda "cat >> ${out}"\n`.replace(
          protocol === 'IMAP' ? ' uidl' : '\0',
          '',
        ),
        { mode: 0o600 },
      )
      const { status, stderr } = await run(
        'fetchmail',
        ['-f', rc, '--idfile', join(folder, 'fetchids'), '--pidfile', join(folder, 'fetchmail.pid')],
        {
          env: { ...process.env, HOME: folder },
        },
      )
      if (status !== 0 && status !== 1) throw new Error(`fetchmail ended with ${status}: ${stderr}`)
      return status!
    }
    expect(await poll('POP3', node.ports.pop3s, 'keep')).toBe(0)
    expect(subjectsIn(out)).toEqual(['one', 'two'])
    await append(client, 'INBOX', 'three')
    expect(await poll('POP3', node.ports.pop3s, 'keep')).toBe(0)
    expect(subjectsIn(out)).toEqual(['one', 'two', 'three'])
    // Status 1: there was no mail to take.
    expect(await poll('POP3', node.ports.pop3s, 'keep')).toBe(1)
    expect(await poll('IMAP', node.ports.imaps, 'fetchall nokeep')).toBe(0)
    expect(subjectsIn(out).length).toBe(6)
    expect(await client.list('INBOX')).toEqual([])
    client.close()
  })

  it.skipIf(!present('getmail'))('getmail takes each message once, and deletes what it was told to', async () => {
    const client = await signIn('getmail')
    for (const subject of ['one', 'two']) await append(client, 'INBOX', subject)
    const out = join(folder, 'got')
    const rc = join(folder, 'getmailrc')
    const get = async (remove: boolean): Promise<void> => {
      writeFileSync(
        rc,
        `[retriever]\ntype = SimplePOP3SSLRetriever\nserver = 127.0.0.1\nport = ${node.ports.pop3s}\nusername = ${node.address('getmail')}\npassword = ${node.password}\n[destination]\ntype = MDA_external\npath = /bin/sh\narguments = ("-c", "cat >> ${out}")\nallow_root_commands = true\n[options]\nread_all = false\ndelete = ${remove}\n`,
      )
      await succeeds('getmail', [`--getmaildir=${folder}`, `--rcfile=${rc}`])
    }
    await get(false)
    await append(client, 'INBOX', 'three')
    await get(false)
    expect(subjectsIn(out)).toEqual(['one', 'two', 'three'])
    await get(true)
    expect(subjectsIn(out)).toEqual(['one', 'two', 'three'])
    expect(await client.list('INBOX')).toEqual([])
    client.close()
  })

  it.skipIf(!present('mutt') || !present('script'))(
    'mutt comes back by QRESYNC to what changed meanwhile',
    async () => {
      const client = await signIn('mutt')
      for (const subject of ['one', 'two', 'three', 'four']) await append(client, 'INBOX', subject)
      const rc = join(folder, 'muttrc')
      writeFileSync(
        rc,
        `set folder=imaps://127.0.0.1:${node.ports.imaps}/\nset spoolfile=+INBOX\nset imap_user="${node.address('mutt')}"\nset imap_pass="${node.password}"\nset ssl_starttls=no\nset certificate_file=${folder}/certificate.pem\nset ssl_verify_host=no\nset imap_qresync=yes\nset imap_condstore=yes\nset header_cache=${folder}/mutt-cache\nset delete=yes\nset move=no\nset quit=yes\nset resolve=no\n`,
        { mode: 0o600 },
      )
      const env = { ...process.env, HOME: folder, TERM: 'xterm', LANG: 'C.UTF-8' }
      /** Keys as a person would type them, in a terminal of their own. */
      const mutt = async (keys: string): Promise<void> => {
        const command = `mutt -d 3 -n -F ${rc} -e 'push "${keys}"'`
        const { status, stdout } = await run('timeout', ['40', 'script', '-qec', command, '/dev/null'], { env })
        expect(status, stdout.toString().slice(-500)).toBe(0)
      }
      await mutt('<first-entry><flag-message><next-entry><delete-message><sync-mailbox><quit>')
      expect((await client.list('INBOX')).map(({ subject, flags }) => [subject, flags.includes('\\Flagged')])).toEqual([
        ['one', true],
        ['three', false],
        ['four', false],
      ])
      await client.command('SELECT INBOX')
      await client.command('STORE 2 +FLAGS (\\Deleted)')
      await client.command('EXPUNGE')
      await append(client, 'INBOX', 'five')
      await mutt('<last-entry><flag-message><previous-entry><delete-message><sync-mailbox><quit>')
      expect((await client.list('INBOX')).map(({ subject, flags }) => [subject, flags.includes('\\Flagged')])).toEqual([
        ['one', true],
        ['five', true],
      ])
      const said = readdirSync(folder)
        .filter((name) => name.startsWith('.muttdebug'))
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join('')
      expect(said).toMatch(/CHANGEDSINCE \d+ VANISHED/)
      client.close()
    },
  )

  const certificateName = (): string => /CN=([^\n,]+)/.exec(certificate.subject)![1]!
})
