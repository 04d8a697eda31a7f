/** Who the other side of a handshake has shown to be, in the words of TLS reports (RFC 8460 section 4.3). */
import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { daneFault } from './tlsa.js'
import type { DaneIdentity } from './tlsa.js'

export type TlsFailureType =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'tlsa-invalid'
  | 'dnssec-invalid'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid'

export interface TlsFailure {
  type: TlsFailureType
  /** One line for logs, events and reports. */
  text: string
}

const maxChain = 10
const types: Record<string, TlsFailureType> = {
  CERT_HAS_EXPIRED: 'certificate-expired',
  CERT_NOT_YET_VALID: 'certificate-expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'certificate-host-mismatch',
  ERR_TLS_CERT_ALTNAME_FORMAT: 'certificate-host-mismatch',
}

/** By TLSA records where there are any, else by the authorities that are trusted here and the name of the host. */
export function verifyPeer(socket: TLSSocket, dane: DaneIdentity | undefined): TlsFailure | null {
  if (dane !== undefined) {
    const fault = daneFault(dane, chainOf(socket), new Date())
    return fault && { type: fault, text: `the certificate does not match the TLSA records (${fault})` }
  }
  if (socket.authorized) return null
  return certificateFailure(socket.authorizationError)
}

/** What node:tls says of a certificate: a code, or an error with one. */
export function certificateFailure(error: unknown): TlsFailure {
  const code = typeof error === 'string' ? error : ((error as { code?: string } | null)?.code ?? 'unknown')
  const type = types[code] ?? 'certificate-not-trusted'
  return { type, text: `${type} (${code})` }
}

function chainOf(socket: TLSSocket): X509Certificate[] {
  const chain: X509Certificate[] = []
  const seen = new Set<string>()
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw && chain.length < maxChain && !seen.has(next.fingerprint256)) {
    seen.add(next.fingerprint256)
    chain.push(new X509Certificate(next.raw))
    next = next.issuerCertificate
  }
  return chain
}
