/**
 * DMARC (RFC 9989): whether the author's domain is the one that SPF or DKIM vouch for, and what its owner wants done where it is not.
 * Which domains belong together is found by walking up the DNS (section 4.10), at most eight questions a domain, and by no list.
 */
import { NoAnswerError, type DnsLookUps } from './dns-look-ups.js'

export type DmarcResult = 'none' | 'pass' | 'fail' | 'temperror' | 'permerror'
export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

export interface DmarcVerdict {
  result: DmarcResult
  /** The author's domain. */
  domain: string
  /** What the owner asks for of mail that fails; null without a record. */
  policy: DmarcPolicy | null
}

export interface VouchedDomains {
  /** Null unless SPF passed. */
  spf: string | null
  /** Of signatures that passed. */
  dkim: readonly string[]
}

interface DmarcRecord {
  p: DmarcPolicy
  sp: DmarcPolicy | null
  np: DmarcPolicy | null
  strictDkim: boolean
  strictSpf: boolean
  psd: 'y' | 'n' | 'u'
  testing: boolean
}

/** Section 4.10: longer names are cut to so many labels after the first question. */
const maxLabels = 8
/** Identifiers that are looked at; a message has few. */
const maxIdentifiers = 10

export async function evaluateDmarc(dns: DnsLookUps, domain: string, vouched: VouchedDomains): Promise<DmarcVerdict> {
  try {
    const walk = await walkUp(dns, domain)
    const own = walk[0]?.domain === domain ? walk[0].record : null
    const organization = organizationOf(domain, walk)
    // Section 4.10.1: the author's domain, else its organization, else the public suffix above.
    const record =
      own ??
      walk.find((found) => found.domain === organization)?.record ??
      walk.find((found) => found.record.psd === 'y')?.record ??
      null
    if (record === null) return { result: 'none', domain, policy: null }
    const policy = own ? record.p : await policyBelow(dns, domain, record)
    const aligned =
      (await isAligned(dns, domain, organization, vouched.dkim, record.strictDkim)) ||
      (await isAligned(dns, domain, organization, vouched.spf === null ? [] : [vouched.spf], record.strictSpf))
    return { result: aligned ? 'pass' : 'fail', domain, policy: record.testing ? milder[policy] : policy }
  } catch (error) {
    if (error instanceof NoAnswerError) return { result: 'temperror', domain, policy: null }
    throw error
  }
}

/** Section 4.7, the tag t. */
const milder: Record<DmarcPolicy, DmarcPolicy> = { reject: 'quarantine', quarantine: 'none', none: 'none' }

async function policyBelow(dns: DnsLookUps, domain: string, { p, sp, np }: DmarcRecord): Promise<DmarcPolicy> {
  if (np !== null) {
    const records = await Promise.all([dns.a(domain), dns.aaaa(domain), dns.mx(domain)])
    if (records.every((found) => found.length === 0)) return np
  }
  return sp ?? p
}

async function isAligned(
  dns: DnsLookUps,
  domain: string,
  organization: string,
  identifiers: readonly string[],
  strict: boolean,
): Promise<boolean> {
  const different = [...new Set(identifiers)].slice(0, maxIdentifiers)
  if (different.includes(domain)) return true
  if (strict) return false
  for (const identifier of different) {
    // What shares no top label has no organization in common: strangers do not make us ask for nothing.
    if (identifier.split('.').at(-1) !== domain.split('.').at(-1)) continue
    if (organizationOf(identifier, await walkUp(dns, identifier)) === organization) return true
  }
  return false
}

interface Found {
  domain: string
  record: DmarcRecord
}

/** The records from a domain up to the top, or to the first that says where an organization ends. */
async function walkUp(dns: DnsLookUps, start: string): Promise<Found[]> {
  const found: Found[] = []
  let labels = start.split('.')
  for (let first = true; labels.length > 0; first = false) {
    const domain = labels.join('.')
    const record = recordOf(await dns.txt(`_dmarc.${domain}`))
    if (record) {
      found.push({ domain, record })
      if (record.psd !== 'u') break
    }
    labels = first && labels.length > maxLabels ? labels.slice(-(maxLabels - 1)) : labels.slice(1)
  }
  return found
}

/** Section 4.10.2. */
function organizationOf(start: string, walk: readonly Found[]): string {
  for (const { domain, record } of walk) {
    if (record.psd === 'n') return domain
    if (record.psd === 'y' && domain !== start) {
      const rest = start.slice(0, -(domain.length + 1))
      return `${rest.slice(rest.lastIndexOf('.') + 1)}.${domain}`
    }
  }
  return walk.at(-1)?.domain ?? start
}

/** Section 4.8: of several records none counts. */
function recordOf(texts: readonly string[]): DmarcRecord | null {
  const records = texts.filter((text) => /^v\s*=\s*DMARC1\s*(?:;|$)/.test(text))
  if (records.length !== 1) return null
  const tags = new Map<string, string>()
  for (const tag of records[0]!.split(';')) {
    const equals = tag.indexOf('=')
    if (equals > 0)
      tags.set(
        tag.slice(0, equals).trim().toLowerCase(),
        tag
          .slice(equals + 1)
          .trim()
          .toLowerCase(),
      )
  }
  const policy = (name: string): DmarcPolicy | null => {
    const value = tags.get(name)
    return value === 'none' || value === 'quarantine' || value === 'reject' ? value : null
  }
  const p = policy('p')
  // Section 4.7: a record without a valid policy only asks for reports, if it does.
  if (p === null && !tags.has('rua')) return null
  const psd = tags.get('psd')
  return {
    p: p ?? 'none',
    sp: policy('sp'),
    np: policy('np'),
    strictDkim: tags.get('adkim') === 's',
    strictSpf: tags.get('aspf') === 's',
    psd: psd === 'y' || psd === 'n' ? psd : 'u',
    testing: tags.get('t') === 'y',
  }
}
