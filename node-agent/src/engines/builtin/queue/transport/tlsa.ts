/**
 * TLSA records (RFC 6698) as they hold for SMTP (RFC 7672): whether what a host shows in its handshake is what they name.
 *
 * Invariant: only records that came from a validated answer are passed in here; nothing else makes them worth anything.
 */
import { createHash, X509Certificate } from 'node:crypto'

export interface TlsaRecord {
  usage: number
  selector: number
  matchingType: number
  certificate: Buffer
}

/** What a host must prove: one of the records, and for DANE-TA that the certificate is for one of the names. */
export interface DaneIdentity {
  /** Only usable ones; at least one. */
  records: TlsaRecord[]
  /** The TLSA base domain first: it goes into SNI (RFC 7672 section 8.1). */
  names: string[]
}

export type DaneFault =
  'validation-failure' | 'certificate-host-mismatch' | 'certificate-expired' | 'certificate-not-trusted'

const trustAnchor = 2
const endEntity = 3
const digests: Record<number, string> = { 1: 'sha256', 2: 'sha512' }
const maxChain = 10

/** RFC 7672 section 3.1: usages 0 and 1 mean nothing to SMTP; what is malformed or unknown cannot be used either. */
export const isUsable = ({ usage, selector, matchingType, certificate }: TlsaRecord): boolean => {
  if ((usage !== trustAnchor && usage !== endEntity) || selector > 1) return false
  if (matchingType === 1) return certificate.length === 32
  if (matchingType === 2) return certificate.length === 64
  return matchingType === 0 && certificate.length > 0
}

export function matches({ selector, matchingType, certificate }: TlsaRecord, shown: X509Certificate): boolean {
  const selected = selector === 0 ? shown.raw : shown.publicKey.export({ type: 'spki', format: 'der' })
  const digest = digests[matchingType]
  const value = digest === undefined ? selected : createHash(digest).update(selected).digest()
  return value.equals(certificate)
}

/** `chain` as the host sent it, its own certificate first. Null: it is who it must be. */
export function daneFault({ records, names }: DaneIdentity, chain: X509Certificate[], now: Date): DaneFault | null {
  const [leaf] = chain
  if (leaf === undefined) return 'validation-failure'
  // RFC 7672 section 3.1.1: the record alone counts; neither names nor dates of the certificate do.
  if (records.some((record) => record.usage === endEntity && matches(record, leaf))) return null
  const anchors = records.filter(({ usage }) => usage === trustAnchor)
  if (anchors.length === 0) return 'validation-failure'
  const path = pathToAnchor(anchors, chain)
  if (path === null) return 'certificate-not-trusted'
  if (!path.every(({ validFrom, validTo }) => new Date(validFrom) <= now && now <= new Date(validTo)))
    return 'certificate-expired'
  return names.some((name) => leaf.checkHost(name, { subject: 'default' }) !== undefined)
    ? null
    : 'certificate-host-mismatch'
}

/** From the leaf, each signed by the next, to one that a record names; null where there is none. */
function pathToAnchor(anchors: TlsaRecord[], chain: X509Certificate[]): X509Certificate[] | null {
  // Section 3.1.2: an anchor that stands in DNS as a whole need not be sent.
  const candidates = [...chain.slice(1, maxChain), ...anchors.flatMap(wholeCertificate)]
  const path = [chain[0]!]
  while (path.length <= maxChain) {
    const last = path.at(-1)!
    if (anchors.some((anchor) => matches(anchor, last))) return path
    const issuer = candidates.find(
      (candidate) =>
        candidate.ca && !path.includes(candidate) && last.checkIssued(candidate) && last.verify(candidate.publicKey),
    )
    if (issuer === undefined) return null
    path.push(issuer)
  }
  return null
}

function wholeCertificate({ selector, matchingType, certificate }: TlsaRecord): X509Certificate[] {
  if (selector !== 0 || matchingType !== 0) return []
  try {
    return [new X509Certificate(certificate)]
  } catch {
    return []
  }
}
