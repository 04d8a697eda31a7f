/** TLS reports: of sessions that a queue had, to addresses that their domains name, by HTTPS and by signed mail. */
import { generateKeyPairSync, randomUUID } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import Database from 'better-sqlite3'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startDnsServer } from '../../../../../../tests/support/dns-server.js'
import type { Zone } from '../../../../../../tests/support/dns-server.js'
import { domain, mailbox, settings, startMailNode } from '../../smtp/test-support/mail-node.js'
import type { MailNode } from '../../smtp/test-support/mail-node.js'
import type { MessageRequest } from '../notification-request.js'
import { createAuthority } from '../test-support/authority.js'
import { startSink } from '../test-support/sink.js'
import type { Sink } from '../test-support/sink.js'
import { isPublic } from './outgoing-lookup.js'
import { httpsUrl, mailAddress, reportUris } from './tls-report.js'

const yesterday = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)

describe('a queue with a reporter', () => {
  const zone: Zone = {}
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const posted: { path: string; type: string | undefined; body: Buffer }[] = []
  let node: MailNode
  let sink: Sink
  let close: () => Promise<void>

  beforeAll(async () => {
    const dns = await startDnsServer(zone)
    const authority = await createAuthority('Authority of the tests')
    const identity = await authority.issue(['reports.b.test'])
    const https = createServer({ key: identity.key, cert: identity.cert }, (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => {
        posted.push({ path: request.url!, type: request.headers['content-type'], body: Buffer.concat(chunks) })
        response.writeHead(posted.length === 1 ? 503 : 201).end()
      })
    })
    await new Promise<void>((resolve) => https.listen(0, '127.0.0.1', resolve))
    sink = await startSink()
    const { port } = https.address() as AddressInfo
    Object.assign(zone, {
      'b.test MX': [{ preference: 1, exchange: 'mx.b.test' }],
      'mx.b.test A': ['127.0.0.1'],
      'unasked.test MX': [{ preference: 1, exchange: 'mx.unasked.test' }],
      'mx.unasked.test A': ['127.0.0.1'],
      'reports.b.test A': ['127.0.0.1'],
      '_smtp._tls.b.test TXT': [`v=TLSRPTv1; rua=https://reports.b.test:${port}/tls,mailto:tls@b.test,ftp://b.test/`],
    })
    const key = {
      id: 'k',
      selector: 's1',
      algorithm: 'ED25519_SHA256' as const,
      privateKey: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    }
    node = await startMailNode({
      resources: [settings(), domain('here.test', { dkimKeys: [key] }), mailbox('ann@here.test')],
      queue: {
        dnsServers: [dns.address],
        outboundPort: sink.port,
        transport: {
          ca: [authority.certificate],
          loopback: true,
          reporter: { domain: 'here.test', organization: 'Here', contact: 'post@here.test' },
          reportEveryMs: 50,
        },
      },
    })
    close = async () => {
      await node.stop()
      await sink.close()
      await new Promise((resolve) => https.close(resolve))
      await dns.close()
    }
  })
  afterAll(() => close())

  /** As if the day had passed, and the hours over which reports are spread. */
  function alter(sql: string): number {
    const db = new Database(join(node.dataDir, 'queue', 'transport.db'))
    try {
      return db.prepare(sql).run().changes
    } finally {
      db.close()
    }
  }
  const rows = (table: string): unknown[] => {
    const db = new Database(join(node.dataDir, 'queue', 'transport.db'), { readonly: true })
    try {
      return db.prepare(`SELECT * FROM ${table}`).all()
    } finally {
      db.close()
    }
  }

  it('reports once, to each address, what its sessions came to; again where that was not taken', async () => {
    const buffer = Buffer.from('Subject: x\r\n\r\nbody\r\n')
    const send = (address: string, tls: MessageRequest['tls']): Promise<void> =>
      node.queue.enqueue({
        transactionId: randomUUID(),
        reversePath: 'ann@here.test',
        recipients: [{ address, domainId: 'd-here.test' }],
        content: { size: buffer.length, buffer },
        messageId: null,
        subject: 'x',
        request: { ret: null, envelopeId: null, tls },
      })
    // Sent whatever its domain demands: of that nothing is known, and nothing told. Reports too are such mail.
    await send('x@unasked.test', 'OPTIONAL')
    await expect.poll(() => sink.messages, { timeout: 10_000 }).toHaveLength(1)
    await send('x@b.test', null)
    await expect.poll(() => sink.messages, { timeout: 10_000 }).toHaveLength(2)
    await expect.poll(() => alter(`UPDATE tls_result SET day = '${yesterday}'`), { timeout: 10_000 }).toBe(1)
    await expect.poll(() => rows('tls_report'), { timeout: 10_000 }).toHaveLength(2)
    expect(posted).toEqual([])
    alter('UPDATE tls_report SET due_at = 0')
    await expect.poll(() => rows('tls_report'), { timeout: 10_000 }).toMatchObject([{ attempts: 1 }])
    alter('UPDATE tls_report SET due_at = 0')
    await expect.poll(() => rows('tls_report'), { timeout: 10_000 }).toEqual([])
    await expect.poll(() => sink.messages, { timeout: 10_000 }).toHaveLength(3)
    expect(rows('tls_result')).toHaveLength(1)

    expect(posted).toHaveLength(2)
    expect(posted[1]).toMatchObject({ path: '/tls', type: 'application/tlsrpt+gzip' })
    const report = JSON.parse(gunzipSync(posted[1]!.body).toString()) as unknown
    expect(report).toEqual({
      'organization-name': 'Here',
      'date-range': { 'start-datetime': `${yesterday}T00:00:00Z`, 'end-datetime': `${yesterday}T23:59:59Z` },
      'contact-info': 'post@here.test',
      'report-id': expect.any(String) as string,
      policies: [
        {
          policy: { 'policy-type': 'no-policy-found', 'policy-domain': 'b.test' },
          summary: { 'total-successful-session-count': 0, 'total-failure-session-count': 1 },
          'failure-details': [
            {
              'result-type': 'starttls-not-supported',
              'receiving-mx-hostname': 'mx.b.test',
              'receiving-ip': '127.0.0.1',
              'failure-reason-code': 'the host does not offer it',
              'failed-session-count': 1,
            },
          ],
        },
      ],
    })

    const mail = sink.messages.find(({ to }) => to[0] === 'tls@b.test')!
    expect(mail.from).toBe('')
    expect(mail.text).toMatch(/^TLS-Report-Domain: b\.test\r\n/m)
    const encoded = /base64\r\n[^]*?\r\n\r\n([A-Za-z0-9+/=\r\n]+)--tls-report/.exec(mail.text)![1]!
    expect(JSON.parse(gunzipSync(Buffer.from(encoded, 'base64')).toString())).toMatchObject({
      'organization-name': 'Here',
    })
    const p = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')
    const resolver = (): Promise<string[][]> => Promise.resolve([[`v=DKIM1; k=ed25519; p=${p}`]])
    const { results } = await dkimVerify(Buffer.from(mail.text, 'latin1'), { resolver: resolver as never })
    expect(results.map(({ status }) => status.result)).toEqual(['pass'])
  }, 60_000)
})

it('reads where reports are wanted', () => {
  expect(reportUris(['v=TLSRPTv1; rua=mailto:a@b.test , https://b.test/x'])).toEqual([
    'mailto:a@b.test',
    'https://b.test/x',
  ])
  for (const texts of [
    [],
    ['v=TLSRPTv2; rua=mailto:a@b.test'],
    ['v=TLSRPTv1;'],
    Array(2).fill('v=TLSRPTv1; rua=mailto:a@b.test'),
  ])
    expect(reportUris(texts as string[])).toEqual([])
  expect(
    reportUris([`v=TLSRPTv1; rua=${Array.from({ length: 9 }, (_, n) => `mailto:a${n}@b.test`).join(',')}`]),
  ).toHaveLength(5)
  expect(mailAddress('mailto:a%2Cb@b.test?subject=x')).toBeNull()
  expect(mailAddress('mailto:a%21b@b.test?subject=x')).toBe('a!b@b.test')
  for (const uri of ['mailto:', 'mailto:a@b.test>', 'mailto:a%0d%0ab@b.test', 'mailto:%zz@b.test'])
    expect(mailAddress(uri)).toBeNull()
  for (const uri of [
    'http://b.test/',
    'https://127.0.0.1/',
    'https://[::1]/',
    'https://u:p@b.test/',
    'https://0x7f.1/',
  ])
    expect(httpsUrl(uri)).toBeNull()
})

it.each<[string, boolean]>([
  ['8.8.8.8', true],
  ['127.0.0.1', false],
  ['10.1.2.3', false],
  ['169.254.169.254', false],
  ['100.64.0.1', false],
  ['255.255.255.255', false],
  ['2600::1', true],
  ['::1', false],
  ['::ffff:127.0.0.1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['2002:7f00:1::', false],
  ['64:ff9b::7f00:1', false],
])('%s is public: %s', (address, expected) => expect(isPublic(address)).toBe(expected))
