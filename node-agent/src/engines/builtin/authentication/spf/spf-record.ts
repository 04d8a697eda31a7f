/** SPF records (RFC 7208 section 12): all of a record is read before any of it is evaluated, and an error anywhere is one of the whole. */
import { isIPv4, isIPv6 } from 'node:net'

export type Qualifier = '+' | '-' | '~' | '?'

export type Mechanism =
  | { type: 'all' }
  | { type: 'include' | 'exists'; domain: string }
  | { type: 'ptr'; domain: string | null }
  | { type: 'a' | 'mx'; domain: string | null; bits4: number; bits6: number }
  | { type: 'ip4' | 'ip6'; network: string; bits: number }

export interface SpfRecord {
  directives: { qualifier: Qualifier; mechanism: Mechanism }[]
  redirect: string | null
}

export class SpfSyntaxError extends Error {
  override name = 'SpfSyntaxError'
}
const fault = (message: string): never => {
  throw new SpfSyntaxError(message)
}

/** Records that are longer make no sense, and cost. */
const maxLength = 4_096
const maxTerms = 256

export const isSpfRecord = (text: string): boolean => /^v=spf1(?: |$)/i.test(text)

const modifier = /^([a-z][a-z0-9\-_.]*)=(.*)$/i
const directive = /^([+\-~?]?)([a-z][a-z0-9]*)(?:([:/])(.*))?$/i

export function parseSpfRecord(text: string): SpfRecord {
  if (text.length > maxLength || /[^\x20-\x7e]/.test(text)) fault('not of plain characters, or too long')
  const terms = text.split(/ +/).slice(1).filter(Boolean)
  if (terms.length > maxTerms) fault('too many terms')
  const record: SpfRecord = { directives: [], redirect: null }
  const seen = new Set<string>()
  for (const term of terms) {
    const [, name, value] = modifier.exec(term) ?? []
    if (name !== undefined) {
      const known = name.toLowerCase()
      if (known !== 'redirect' && known !== 'exp') requireMacroString(value!)
      else {
        if (seen.has(known)) fault(`${known} twice`)
        seen.add(known)
        const domain = requireDomainSpec(value!)
        if (known === 'redirect') record.redirect = domain
      }
      continue
    }
    const [, qualifier, mechanism, separator, rest = ''] =
      directive.exec(term) ?? fault(`${term.slice(0, 40)} is nothing`)
    record.directives.push({
      qualifier: (qualifier || '+') as Qualifier,
      mechanism: parseMechanism(mechanism!.toLowerCase(), separator, rest),
    })
  }
  return record
}

function parseMechanism(type: string, separator: string | undefined, rest: string): Mechanism {
  const domain = separator === ':' ? rest : null
  switch (type) {
    case 'all':
      return separator === undefined ? { type } : fault('all takes nothing')
    case 'include':
    case 'exists':
      return { type, domain: requireDomainSpec(domain ?? fault(`${type} takes a domain`)) }
    case 'ptr':
      if (separator === '/') fault('ptr takes no length')
      return { type, domain: domain === null ? null : requireDomainSpec(domain) }
    case 'a':
    case 'mx': {
      const given = separator === '/' ? `/${rest}` : rest
      const [, name, length4, length6] = /^(.*?)(?:\/(\d+))?(?:\/\/(\d+))?$/.exec(given)!
      if (separator === ':' ? name === '' : name !== '') fault(`${type} is malformed`)
      return {
        type,
        domain: separator === ':' ? requireDomainSpec(name!) : null,
        bits4: bits(length4, 32),
        bits6: bits(length6, 128),
      }
    }
    case 'ip4':
    case 'ip6': {
      const [, network, length] = /^(.*?)(?:\/(\d+))?$/.exec(domain ?? fault(`${type} takes a network`))!
      const valid = type === 'ip4' ? isIPv4(network!) : isIPv6(network!)
      if (!valid) fault(`${type} takes an address`)
      return { type, network: network!, bits: bits(length, type === 'ip4' ? 32 : 128) }
    }
    default:
      return fault(`there is no mechanism ${type.slice(0, 40)}`)
  }
}

function bits(text: string | undefined, most: number): number {
  if (text === undefined) return most
  if (!/^(0|[1-9]\d{0,2})$/.test(text) || Number(text) > most) fault('not a length')
  return Number(text)
}

/** `c`, `r` and `t` are for explanations only, which we never ask for. */
const macroExpand = String.raw`%\{[slodiphv]\d{0,3}r?[.\-+,/_=]*\}|%%|%_|%-`
const macroString = new RegExp(`^(?:[\\x21-\\x24\\x26-\\x7e]|${macroExpand})*$`, 'i')
const endsWithMacro = new RegExp(`(?:${macroExpand})$`, 'i')
/** Section 7.1: a top label is no number. */
const endsWithTopLabel = /\.(?:[a-z0-9]*[a-z][a-z0-9]*|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$/i

function requireMacroString(text: string): string {
  if (!macroString.test(text) || /%\{[a-z]0+[^\d]/i.test(text)) fault('a macro is malformed')
  return text
}

function requireDomainSpec(text: string): string {
  requireMacroString(text)
  if (!endsWithMacro.test(text) && !endsWithTopLabel.test(text)) fault('not a domain')
  return text
}
