import { X509Certificate } from 'node:crypto'
import { mkdtemp, readdir, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { createServer, connect } from 'node:tls'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { createTlsProvider, type RunningTlsProvider, type TlsProviderOptions } from './index.js'
import { createSelfSigned } from './self-signed.js'

const day = 86_400_000
const logged: string[] = []
const logger = pino({ level: 'info' }, { write: (line: string) => void logged.push(line) })
let folder: string
const providers: RunningTlsProvider[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mailfleet-tls-'))
  logged.length = 0
})
afterEach(async () => {
  for (const provider of providers.splice(0)) provider.close()
  await rm(folder, { recursive: true })
})

async function provide(options: Partial<TlsProviderOptions> = {}): Promise<RunningTlsProvider> {
  const provider = await createTlsProvider({
    dataDir: join(folder, 'data', 'tls'),
    hostName: 'mx.example.org',
    logger,
    // Only asked: the tests look by `refresh`.
    pollIntervalMs: 1e9,
    ...options,
  })
  providers.push(provider)
  return provider
}

const certificateOf = (provider: RunningTlsProvider) => new X509Certificate(provider.certificate())

/** The certificate that a client is shown, checked against itself and the name. */
async function shown(provider: RunningTlsProvider, servername: string): Promise<string> {
  const server = createServer({ SNICallback: (name, done) => done(null, provider.secureContext(name)) })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const client = connect({ port, host: '127.0.0.1', servername, ca: provider.certificate() })
  await once(client, 'secureConnect')
  const { fingerprint256 } = client.getPeerCertificate()
  client.destroy()
  server.close()
  return fingerprint256
}

it('makes a certificate that clients who trust it accept, and keeps it over restarts', async () => {
  const first = await provide()
  const certificate = certificateOf(first)
  expect(await shown(first, 'mx.example.org')).toBe(certificate.fingerprint256)
  expect(certificate.checkHost('localhost')).toBe('localhost')
  expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
  expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' })
  expect(certificateOf(await provide()).fingerprint256).toBe(certificate.fingerprint256)
})

it('keeps the key to itself', async () => {
  await provide()
  const data = join(folder, 'data', 'tls')
  expect(await readdir(data)).toEqual(['self-signed.pem'])
  expect((await stat(join(data, 'self-signed.pem'))).mode & 0o777).toBe(0o600)
  expect((await stat(data)).mode & 0o777).toBe(0o700)
})

it('renews before the end, and when the host gets another name', async () => {
  let now = Date.now()
  let hostName = 'mx.example.org'
  const provider = await provide({ clock: () => now, hostName: () => hostName })
  const first = certificateOf(provider)
  now += 300 * day
  await provider.refresh()
  expect(certificateOf(provider).fingerprint256).toBe(first.fingerprint256)
  now += 40 * day
  await provider.refresh()
  const second = certificateOf(provider)
  expect(second.fingerprint256).not.toBe(first.fingerprint256)
  expect(Date.parse(second.validTo)).toBeGreaterThan(now + 360 * day)
  hostName = 'mail.example.net'
  await provider.refresh()
  expect(certificateOf(provider).checkHost('mail.example.net')).toBe('mail.example.net')
  expect(certificateOf(await provide({ clock: () => now, hostName })).fingerprint256).toBe(
    certificateOf(provider).fingerprint256,
  )
})

it('replaces a damaged file of its own', async () => {
  await provide()
  await writeFile(join(folder, 'data', 'tls', 'self-signed.pem'), 'nonsense')
  expect(certificateOf(await provide()).checkHost('mx.example.org')).toBe('mx.example.org')
})

async function operatorPair(name: string) {
  const pair = await createSelfSigned(name, new Date())
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  await writeFile(certFile, pair.certificate)
  await writeFile(keyFile, pair.key)
  return { certFile, keyFile, ...pair }
}

it('follows the operator’s files through links, and keeps the former pair while the new one does not work', async () => {
  const one = await operatorPair('one.example.org')
  const two = await operatorPair('two.example.org')
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  await symlink(one.certFile, certFile)
  await symlink(one.keyFile, keyFile)
  const provider = await provide({ certFile, keyFile })
  expect(certificateOf(provider).subject).toBe('CN=one.example.org')

  const relink = async (target: string, path: string) => {
    await symlink(target, `${path}.new`)
    await rename(`${path}.new`, path)
  }
  await relink(two.certFile, certFile)
  await provider.refresh()
  await provider.refresh()
  expect(certificateOf(provider).subject).toBe('CN=one.example.org')
  expect(logged.filter((line) => line.includes('"level":50'))).toHaveLength(1)
  await relink(two.keyFile, keyFile)
  await provider.refresh()
  expect(certificateOf(provider).subject).toBe('CN=two.example.org')
  expect(await shown(provider, 'two.example.org')).toBe(certificateOf(provider).fingerprint256)

  await unlink(keyFile)
  await provider.refresh()
  await provider.refresh()
  await writeFile(keyFile, 'nonsense')
  await provider.refresh()
  expect(certificateOf(provider).subject).toBe('CN=two.example.org')
  expect(logged.filter((line) => line.includes('"level":50'))).toHaveLength(3)
  expect(logged.join()).not.toContain('PRIVATE')
})

it('does not start with files that do not work', async () => {
  const one = await operatorPair('one.example.org')
  const two = await operatorPair('two.example.org')
  await expect(provide({ certFile: one.certFile, keyFile: two.keyFile })).rejects.toThrow('key values mismatch')
  await expect(provide({ certFile: one.certFile, keyFile: join(folder, 'none') })).rejects.toThrow('ENOENT')
  await expect(provide({ certFile: one.certFile })).rejects.toThrow('needs its key file')
})
