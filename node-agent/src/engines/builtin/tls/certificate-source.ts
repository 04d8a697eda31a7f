/** Where a key and its certificate come from, and when there are new ones. */
import { X509Certificate } from 'node:crypto'
import { chmod, mkdir, open, readFile, rename, stat } from 'node:fs/promises'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { createSelfSigned, type KeyAndCertificate } from './self-signed.js'

export interface CertificateSource {
  /** What there is now, or null where nothing changed since the last call. Rejects when it cannot be read. */
  poll(): Promise<KeyAndCertificate | null>
}

/** The operator's files. Both are read when either changed, through symbolic links, as ACME clients replace them. */
export function operatorFiles(certFile: string, keyFile: string): CertificateSource {
  let seen = ''
  return {
    async poll() {
      const stamps = await Promise.all([certFile, keyFile].map((file) => stat(file)))
      const now = stamps.map(({ ino, mtimeMs, size }) => `${ino}/${mtimeMs}/${size}`).join(' ')
      if (now === seen) return null
      // Remembered before it is known to be good: a bad pair is reported once, and read again once it changes.
      seen = now
      const [certificate, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')])
      return { certificate, key }
    },
  }
}

const renewBeforeMs = 30 * 86_400_000

/** A certificate of our own in `folder`, kept over restarts, renewed before it ends and when the host's name changes. */
export function ownCertificate(folder: string, hostName: () => string, clock: () => number): CertificateSource {
  const file = join(folder, 'self-signed.pem')
  let held: KeyAndCertificate | null = null
  return {
    async poll() {
      const current = held ?? (await load(file))
      if (current !== null && serves(current.certificate, hostName(), clock())) {
        if (held !== null) return null
        return (held = current)
      }
      const made = await createSelfSigned(hostName(), new Date(clock()))
      await save(folder, file, made)
      return (held = made)
    },
  }
}

function serves(certificate: string, hostName: string, now: number): boolean {
  const x509 = new X509Certificate(certificate)
  const named = isIP(hostName) === 0 ? x509.checkHost(hostName) : x509.checkIP(hostName)
  return named !== undefined && Date.parse(x509.validTo) - now > renewBeforeMs && Date.parse(x509.validFrom) <= now
}

async function load(file: string): Promise<KeyAndCertificate | null> {
  try {
    const pem = await readFile(file, 'utf8')
    await chmod(file, 0o600)
    const block = (label: string) => new RegExp(`-----BEGIN ${label}-----[^-]+-----END ${label}-----`).exec(pem)?.[0]
    const [key, certificate] = [block('PRIVATE KEY'), block('CERTIFICATE')]
    if (key === undefined || certificate === undefined) return null
    new X509Certificate(certificate)
    return { key, certificate }
  } catch {
    // Missing or damaged: nothing is lost by a new one.
    return null
  }
}

/** Whole or not at all, and never readable to others, not even while it is written. */
async function save(folder: string, file: string, { key, certificate }: KeyAndCertificate): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const temporary = `${file}.new`
  const handle = await open(temporary, 'w', 0o600)
  try {
    await handle.chmod(0o600)
    await handle.writeFile(`${key}\n${certificate}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(temporary, file)
}
