/** An SPF record, taken apart (RFC 7208 section 4.6.1 and the grammar of section 12). */

export type Qualifier = '+' | '-' | '~' | '?'

export interface Mechanism {
  qualifier: Qualifier
  name: 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists'
  /** The domain, or for ip4 and ip6 the address; null: the domain at hand. */
  value: string | null
  /** Prefix lengths, as far as they are given. */
  prefix4: number | null
  prefix6: number | null
}

export interface SpfRecord {
  mechanisms: Mechanism[]
  redirect: string | null
}

const names = new Set(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'])
const needsValue = new Set(['include', 'ip4', 'ip6', 'exists'])
const takesPrefixes = new Set(['a', 'mx', 'ip4', 'ip6'])

export const isSpf = (text: string): boolean => /^v=spf1( |$)/i.test(text)

/** Null where it breaks the grammar: receivers take it for an error as a whole. */
export function parseSpf(text: string): SpfRecord | null {
  if (!isSpf(text)) return null
  const record: SpfRecord = { mechanisms: [], redirect: null }
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue
    const modifier = /^([a-z][a-z0-9._-]*)=(.*)$/i.exec(term)
    if (modifier) {
      // Others are for those who know them (section 6).
      if (modifier[1]!.toLowerCase() !== 'redirect') continue
      if (record.redirect !== null || modifier[2] === '') return null
      record.redirect = modifier[2]!.toLowerCase()
      continue
    }
    const mechanism = parseMechanism(term)
    if (!mechanism) return null
    record.mechanisms.push(mechanism)
  }
  return record
}

function parseMechanism(term: string): Mechanism | null {
  const match = /^([+\-~?]?)([a-z0-9]+)(?::([^/]+))?(?:\/(\d{1,3}))?(?:\/\/(\d{1,3}))?$/i.exec(ip6Prefix(term))
  if (!match) return null
  const [, qualifier, rawName, value, prefix4, prefix6] = match
  const name = rawName!.toLowerCase() as Mechanism['name']
  if (!names.has(name) || (needsValue.has(name) && value === undefined)) return null
  if (name === 'all' && value !== undefined) return null
  if ((prefix4 ?? prefix6) !== undefined && !takesPrefixes.has(name)) return null
  const lengths = { prefix4: numberOf(prefix4), prefix6: numberOf(prefix6) }
  if ((lengths.prefix4 ?? 0) > 32 || (lengths.prefix6 ?? 0) > 128) return null
  if (name === 'ip4' && lengths.prefix6 !== null) return null
  return { qualifier: (qualifier || '+') as Qualifier, name, value: value?.toLowerCase() ?? null, ...lengths }
}

/** `ip6:` has its one prefix length behind one slash; all others behind two. */
const ip6Prefix = (term: string): string =>
  /^[+\-~?]?ip6:/i.test(term) ? term.replace(/([^/])\/(\d{1,3})$/, '$1//$2') : term

const numberOf = (text: string | undefined): number | null => (text === undefined ? null : Number(text))
