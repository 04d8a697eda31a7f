/** A real unbound that validates a zone signed here: what it vouches for, what nobody does, and what was tampered with. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { freePorts } from '../../../../../../tests/support/ports.js'
import { hasProgram, run } from '../../../../../../tests/support/python.js'
import { ValidatingResolver } from './validating-resolver.js'

const missing = ['unbound', 'ldns-keygen', 'ldns-signzone'].filter((program) => !hasProgram(program))
if (missing.length > 0) console.log(`  - without ${missing.join(', ')}: DNSSEC by a real resolver is not tested`)

describe.skipIf(missing.length > 0)('a resolver that validates', () => {
  const key = 'a'.repeat(64)
  const zoneOf = (name: string): string =>
    [
      `$ORIGIN ${name}.`,
      '$TTL 60',
      '@ SOA ns hostmaster 1 3600 600 86400 60',
      '@ NS ns',
      'ns A 127.0.0.1',
      '@ MX 10 mx',
      'mx A 192.0.2.1',
      `_25._tcp.mx TLSA 3 1 1 ${key}`,
      `_25._tcp.bad TLSA 3 1 1 ${key}`,
      'alias CNAME mx',
      // Beyond what a datagram holds.
      ...Array.from({ length: 40 }, (_, number) => `long TXT "${String(number).padStart(3, '0')}${'x'.repeat(60)}"`),
      '',
    ].join('\n')
  let folder: string
  let unbound: ChildProcess
  let resolver: ValidatingResolver

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailfleet-unbound-'))
    const path = (name: string): string => join(folder, name)
    const made = await run('ldns-keygen', ['-a', 'ECDSAP256SHA256', '-k', 'signed.test'], { cwd: folder })
    const keyName = made.stdout.toString().trim()
    writeFileSync(path('signed.zone'), zoneOf('signed.test'))
    writeFileSync(path('plain.zone'), zoneOf('plain.test'))
    const signing = await run('ldns-signzone', ['-n', 'signed.zone', keyName], { cwd: folder })
    expect(signing.stderr).toBe('')
    const signed = readFileSync(path('signed.zone.signed'), 'utf8')
    // Somebody changed what was signed.
    writeFileSync(path('signed.zone.signed'), signed.replace(/^(_25\._tcp\.bad\S*\s.*TLSA\s+3 1 1 )a/m, '$1b'))
    const [port] = await freePorts(1)
    writeFileSync(
      path('unbound.conf'),
      `server:
  directory: "${folder}"
  chroot: ""
  username: ""
  pidfile: "${path('pid')}"
  interface: 127.0.0.1@${port}
  do-daemonize: no
  use-syslog: no
  do-ip6: no
  local-zone: "test." nodefault
  trust-anchor-file: "${path(`${keyName}.key`)}"
auth-zone:
  name: "signed.test"
  zonefile: "${path('signed.zone.signed')}"
  for-downstream: no
  for-upstream: yes
auth-zone:
  name: "plain.test"
  zonefile: "${path('plain.zone')}"
  for-downstream: no
  for-upstream: yes
remote-control:
  control-enable: no
`,
    )
    unbound = spawn('unbound', ['-c', path('unbound.conf')], { stdio: 'ignore' })
    resolver = new ValidatingResolver([`127.0.0.1:${port}`])
    await vi.waitFor(() => resolver.resolve4('mx.plain.test'), { timeout: 20_000, interval: 100 })
  }, 40_000)
  afterAll(() => {
    unbound.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  })

  it('vouches for what was signed, also for there being nothing', async () => {
    const records = [{ usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from(key, 'hex') }]
    expect(await resolver.resolveTlsa('_25._tcp.mx.signed.test')).toMatchObject({ records, secure: true })
    expect(await resolver.resolveMx('signed.test')).toMatchObject({
      records: [{ exchange: 'mx.signed.test', priority: 10 }],
      secure: true,
    })
    expect(await resolver.resolveMx('mx.signed.test')).toMatchObject({ records: [], secure: true })
    expect(await resolver.resolve4('ALIAS.signed.test')).toEqual({
      records: ['192.0.2.1'],
      secure: true,
      canonicalName: 'mx.signed.test',
    })
    await expect(resolver.resolveTlsa('_25._tcp.none.signed.test')).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('vouches for nothing in a zone that is not signed', async () => {
    expect(await resolver.resolveTlsa('_25._tcp.mx.plain.test')).toMatchObject({ secure: false })
    expect((await resolver.resolveMx('plain.test')).secure).toBe(false)
  })

  it('answers for what was tampered with as for what cannot be looked up', async () => {
    await expect(resolver.resolveTlsa('_25._tcp.bad.signed.test')).rejects.toMatchObject({ code: 'ESERVFAIL' })
  })

  it('is asked again by TCP for what is too long', async () => {
    const { records, secure } = await resolver.resolveTxt('long.signed.test')
    expect(records).toHaveLength(40)
    expect(secure).toBe(true)
  })
})
