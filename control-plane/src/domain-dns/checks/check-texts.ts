/** The other TXT records: DKIM keys, TLS reports, and the proof of ownership. */
import { recordsOf, type DnsLookups } from '../../platform/dns/index.js'
import { missing, nothingFound, ok, wrong, type Check, type Judgement } from './finding.js'
import { hasVersion, parseTags } from './tagged-text.js'

type Texts = { texts: string[] } | { nothing: Judgement }

export async function textsAt(dns: DnsLookups, host: string, isOfKind: (text: string) => boolean): Promise<Texts> {
  const lookup = await dns.txt(host)
  const nothing = nothingFound(lookup, host)
  if (nothing) return { nothing }
  const texts = recordsOf(lookup)!.filter(isOfKind)
  return texts.length === 0 ? { nothing: missing() } : { texts }
}

/** Exactly this value, beside whatever else is there. */
export const checkText: Check = async (dns, expected) => {
  const answer = await textsAt(dns, expected.host, () => true)
  if ('nothing' in answer) return answer.nothing
  return answer.texts.some((text) => text.trim() === expected.value)
    ? ok(answer.texts)
    : wrong(answer.texts, 'OTHER_VALUE')
}

/** RFC 6376 section 3.6.1; white space in a key means nothing. */
export const checkDkim: Check = async (dns, expected) => {
  const answer = await textsAt(dns, expected.host, (text) => parseTags(text)?.has('p') ?? false)
  if ('nothing' in answer) return answer.nothing
  const { texts } = answer
  // Verifiers take any one of several.
  if (texts.length > 1) return wrong(texts, 'SEVERAL_RECORDS')
  const [published, wanted] = [parseTags(texts[0]!)!, parseTags(expected.value)!]
  const value = (tags: Map<string, string>, name: string, standard: string): string =>
    (tags.get(name) ?? standard).replace(/\s+/g, '')
  if (value(published, 'p', '') === '') return wrong(texts, 'KEY_REVOKED')
  const isSame =
    value(published, 'p', '') === value(wanted, 'p', '') && value(published, 'k', 'rsa') === value(wanted, 'k', 'rsa')
  return isSame ? ok(texts) : wrong(texts, 'KEY_DIFFERS')
}

/** RFC 8460 section 3. */
export const checkTlsReports: Check = async (dns, expected) => {
  const answer = await textsAt(dns, expected.host, (text) => hasVersion(text, 'TLSRPTv1'))
  if ('nothing' in answer) return answer.nothing
  const { texts } = answer
  if (texts.length > 1) return wrong(texts, 'SEVERAL_RECORDS')
  const addresses = parseTags(texts[0]!)?.get('rua')?.split(',') ?? []
  const isAddress = (uri: string): boolean => /^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/i.test(uri.trim())
  return addresses.length > 0 && addresses.every(isAddress) ? ok(texts) : wrong(texts, 'NO_REPORT_ADDRESS')
}
