/**
 * What a check found beside what is expected. Records are read by meaning: what does the same counts as right, however it is
 * written; and where nobody answered, nothing is said to be wrong.
 */
import type { DomainForRecords, ExpectedRecord } from '../../domains/index.js'
import { recordsOf, type DnsFailure, type DnsLookups, type Lookup } from '../../platform/dns/index.js'

export const verdicts = ['OK', 'MISSING', 'WRONG', 'UNKNOWN'] as const
export type Verdict = (typeof verdicts)[number]

/** Codes that the console translates; the description is the API's. */
export const findingReasons = {
  NO_SUCH_NAME: 'The name does not exist.',
  NO_RECORD: 'There is no such record.',
  OTHER_VALUE: 'There are such records, but none with this value.',
  OTHER_HOST: 'It leads to another host.',
  OTHER_HOST_FIRST: 'Another host is preferred to ours.',
  NULL_MX: 'The domain says that it takes no mail (RFC 7505).',
  SEVERAL_RECORDS: 'There are several where there must be one: receivers take none of them.',
  SYNTAX: 'Receivers cannot read it.',
  NOT_COVERED: 'It does not allow our hosts to send.',
  ALLOWS_EVERYONE: 'It allows everybody to send.',
  TOO_MANY_LOOKUPS: 'It takes more than ten look-ups (RFC 7208 section 4.6.4).',
  BROKEN_INCLUDE: 'It includes or redirects to a name that has no record.',
  MACROS: 'It hangs on macros, of which we cannot tell what they come to.',
  HOST_UNRESOLVED: 'The addresses of our own host could not be found.',
  KEY_DIFFERS: 'It has another key.',
  KEY_REVOKED: 'It says that the key is revoked.',
  NO_POLICY_HOST: 'The host that it promises does not exist.',
  NO_POLICY: 'The host does not serve the policy that the record promises.',
  POLICY_SYNTAX: 'The policy cannot be read.',
  POLICY_OTHER_HOST: 'The policy does not name the host to which mail goes: senders that obey it send nothing.',
  NO_REPORT_ADDRESS: 'It names nobody to report to.',
  INHERITED: 'The record of the domain above holds.',
  TIMEOUT: 'No DNS server answered in time.',
  SERVFAIL: 'The DNS servers of the domain fail.',
  REFUSED: 'The DNS server refuses to answer.',
  UNREACHABLE: 'The DNS server cannot be reached.',
  MALFORMED: 'The answer cannot be read.',
} as const
export type FindingReason = keyof typeof findingReasons

export interface Judgement {
  verdict: Verdict
  reason: FindingReason | null
  /** The name, address or term that the reason is about. */
  detail: string | null
  /** As it would be written in a zone file; of what was found, what is of this kind. */
  found: string[]
}

export interface Finding extends Judgement, Pick<ExpectedRecord, 'purpose' | 'need' | 'type' | 'host'> {
  expected: string
  /** The last verdict that was not UNKNOWN: what drift is measured by. */
  settled: Exclude<Verdict, 'UNKNOWN'> | null
}

export type CheckedDomain = Pick<DomainForRecords, 'name' | 'hostName'>

/** Whether what DNS has is what the record is for. */
export type Check = (dns: DnsLookups, expected: ExpectedRecord, domain: CheckedDomain) => Promise<Judgement>

export const ok = (found: string[], reason: FindingReason | null = null, detail: string | null = null): Judgement => ({
  verdict: 'OK',
  reason,
  detail,
  found,
})
export const wrong = (found: string[], reason: FindingReason, detail: string | null = null): Judgement => ({
  verdict: 'WRONG',
  reason,
  detail,
  found,
})
export const missing = (reason: 'NO_SUCH_NAME' | 'NO_RECORD' = 'NO_RECORD'): Judgement => ({
  verdict: 'MISSING',
  reason,
  detail: null,
  found: [],
})
export const unknown = (reason: FindingReason, detail: string | null = null, found: string[] = []): Judgement => ({
  verdict: 'UNKNOWN',
  reason,
  detail,
  found,
})

const failureReasons: Record<DnsFailure, FindingReason> = {
  TIMEOUT: 'TIMEOUT',
  SERVFAIL: 'SERVFAIL',
  REFUSED: 'REFUSED',
  UNREACHABLE: 'UNREACHABLE',
  MALFORMED: 'MALFORMED',
  BAD_NAME: 'MALFORMED',
}

/** What there is to say where no record was found; null where some were. */
export function nothingFound<Value>(lookup: Lookup<Value>, name: string): Judgement | null {
  if (lookup.outcome === 'FOUND') return null
  if (lookup.outcome === 'FAILED') return unknown(failureReasons[lookup.failure], name)
  return missing(lookup.outcome === 'NO_SUCH_NAME' ? 'NO_SUCH_NAME' : 'NO_RECORD')
}

/** Of both families; null where one of the two questions had no answer. */
export async function addressesOf(dns: DnsLookups, host: string): Promise<string[] | null> {
  const [four, six] = await Promise.all([dns.a(host), dns.aaaa(host)])
  const [a, aaaa] = [recordsOf(four), recordsOf(six)]
  return a && aaaa ? [...a, ...aaaa] : null
}
