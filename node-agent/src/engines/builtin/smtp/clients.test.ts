/** Ordinary clients from outside: swaks and Python's smtplib. Where one of them is not installed, its tests are skipped and say so. */
import { execFile, execFileSync } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { domain, mailbox, password, startMailNode } from './test-support/mail-node.js'
import type { MailNode } from './test-support/mail-node.js'

const run = promisify(execFile)
const installed = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
const swaks = installed('swaks', '--version')
const swaksTls = swaks && installed('perl', '-MNet::SSLeay', '-e', '1')
const python = installed('python3', '-c', 'import smtplib, ssl')

let node: MailNode
beforeAll(async () => {
  node = await startMailNode({ resources: [domain('a.test'), mailbox('ann@a.test'), mailbox('bob@a.test')] })
})
afterAll(() => node.stop())

const common = ['--server', '127.0.0.1', '--to', 'bob@a.test', '--timeout', '20', '--protocol']
const arrived = async (needle: string): Promise<string[]> =>
  (await node.inbox('bob@a.test')).filter((text) => text.includes(needle))

describe('swaks', () => {
  it.skipIf(!swaks)('delivers to the MX port (needs swaks)', async () => {
    await run('swaks', [
      ...common,
      'ESMTP',
      '--port',
      String(node.mx),
      '--from',
      's@out.test',
      '--h-Subject',
      'swaks-mx',
    ])
    expect(await arrived('Subject: swaks-mx')).toHaveLength(1)
  })

  it.skipIf(!swaks)('is not let relay (needs swaks)', async () => {
    const relay = run('swaks', [
      '--server',
      '127.0.0.1',
      '--port',
      String(node.mx),
      '--from',
      's@out.test',
      '--to',
      'x@far.test',
    ])
    await expect(relay).rejects.toMatchObject({ stdout: expect.stringMatching(/550 5\.7\.1/) as string })
  })

  it.skipIf(!swaksTls).each([
    ['STARTTLS', 'submission', '--tls'],
    ['implicit TLS', 'submissions', '--tls-on-connect'],
  ] as const)('submits over %s (needs swaks with Net::SSLeay)', async (_name, port, tls) => {
    const auth = [
      '--auth',
      port === 'submission' ? 'PLAIN' : 'LOGIN',
      '--auth-user',
      'ann@a.test',
      '--auth-password',
      password,
    ]
    const mail = ['--from', 'ann@a.test', '--h-Subject', `swaks-${port}`]
    const protocol = port === 'submission' ? 'ESMTPSA' : 'SSMTPA'
    await run('swaks', [...common, protocol, '--port', String(node[port]), tls, ...auth, ...mail])
    expect(await arrived(`Subject: swaks-${port}`)).toHaveLength(1)
  })
})

const script = `
import smtplib, ssl, sys
mx, submission, submissions, password = int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.stdin.read()
context = ssl._create_unverified_context()
def mail(subject):
    return ("From: Ann <ann@a.test>\\r\\nTo: bob@a.test\\r\\nSubject: %s\\r\\n\\r\\n.dot\\r\\n..\\r\\n.\\r\\nend \\u00fc\\r\\n" % subject).encode()
with smtplib.SMTP("127.0.0.1", mx) as client:
    client.starttls(context=context)
    assert client.sendmail("ann@a.test", ["bob@a.test", "nobody@a.test"], mail("python-mx")).keys() == {"nobody@a.test"}
with smtplib.SMTP("127.0.0.1", submission) as client:
    try:
        client.login("ann@a.test", password)
        raise SystemExit("signed in without TLS")
    except smtplib.SMTPException:
        pass
    client.starttls(context=context)
    client.login("ann@a.test", password)
    client.sendmail("ann@a.test", ["bob@a.test"], mail("python-submission"))
with smtplib.SMTP_SSL("127.0.0.1", submissions, context=context) as client:
    client.login("ann@a.test", password)
    client.sendmail("ann@a.test", ["bob@a.test"], mail("python-submissions"))
    try:
        client.sendmail("bob@a.test", ["bob@a.test"], mail("python-forged"))
        raise SystemExit("sent as another")
    except smtplib.SMTPSenderRefused as refused:
        assert refused.smtp_code == 553, refused
`

describe("Python's smtplib", () => {
  it.skipIf(!python)('delivers and submits (needs python3)', async () => {
    const child = run('python3', ['-c', script, String(node.mx), String(node.submission), String(node.submissions)])
    child.child.stdin!.end(password)
    await child
    for (const subject of ['python-mx', 'python-submission', 'python-submissions']) {
      const [text, ...others] = await arrived(`Subject: ${subject}\r\n`)
      expect(others).toEqual([])
      expect(text).toContain('\r\n\r\n.dot\r\n..\r\n.\r\nend \xc3\xbc\r\n')
    }
    expect(await arrived('python-forged')).toEqual([])
  })
})
