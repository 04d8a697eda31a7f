/**
 * Keeps the secure context that handshakes use. A new pair that does not work never replaces one that does: it is logged,
 * and looked at again when the files change.
 */
import { randomBytes, X509Certificate } from 'node:crypto'
import type { SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import { operatorFiles, ownCertificate } from './certificate-source.js'
import type { KeyAndCertificate } from './self-signed.js'
import { contextOf, type TlsMaterial } from './tls-material.js'
import type { TlsProvider } from './tls-provider.js'

export interface TlsProviderOptions {
  /** Holds the certificate that the node makes itself. */
  dataDir: string
  hostName: string | (() => string)
  /** PEM, the chain included. Both or none. */
  certFile?: string | null
  keyFile?: string | null
  logger: Logger
  pollIntervalMs?: number
  clock?: () => number
}

export interface RunningTlsProvider extends TlsProvider {
  /** The certificate (PEM, first of the chain) that is shown now. */
  certificate(): string
  /** Looks for a new certificate at once. Never rejects. */
  refresh(): Promise<void>
  /** For other processes of the node, which are told of each new one. */
  material(): TlsMaterial
  onNew(listener: (material: TlsMaterial) => void): void
  close(): void
}

const defaultPollIntervalMs = 15_000

/** Rejects when the operator's files cannot be used: at the start somebody is there to read it. */
export async function createTlsProvider(options: TlsProviderOptions): Promise<RunningTlsProvider> {
  const { dataDir, hostName, logger, clock = Date.now } = options
  const certFile = options.certFile ?? null
  const keyFile = options.keyFile ?? null
  if ((certFile === null) !== (keyFile === null))
    throw new Error('a TLS certificate needs its key file, and a key its certificate')
  const source =
    certFile !== null && keyFile !== null
      ? operatorFiles(certFile, keyFile)
      : ownCertificate(dataDir, typeof hostName === 'string' ? () => hostName : hostName, clock)

  const first = await source.poll()
  let current = use(first!)
  let reported = ''
  let told: (material: TlsMaterial) => void = () => undefined
  const look = async (): Promise<void> => {
    try {
      const next = await source.poll()
      if (next === null) return
      reported = ''
      current = use(next)
      told(current.material)
      logger.info({ validTo: new X509Certificate(next.certificate).validTo }, 'a new TLS certificate is in use')
    } catch (error) {
      // Once, not at each look.
      if (reported === (error as Error).message) return
      reported = (error as Error).message
      logger.error({ err: error }, 'the new TLS certificate cannot be used; the former one stays')
    }
  }
  // One after the other: two at once would write the same file.
  let last = Promise.resolve()
  const refresh = (): Promise<void> => (last = last.then(look))
  const timer = setInterval(() => void refresh(), options.pollIntervalMs ?? defaultPollIntervalMs)
  timer.unref()

  return {
    secureContext: () => current.context,
    certificate: () => current.certificate,
    material: () => current.material,
    onNew: (listener) => (told = listener),
    refresh,
    close: () => clearInterval(timer),
  }
}

function use(pair: KeyAndCertificate): { context: SecureContext; certificate: string; material: TlsMaterial } {
  const material = { pair, ticketKeys: randomBytes(48) }
  return { context: contextOf(material), certificate: new X509Certificate(pair.certificate).toString(), material }
}
