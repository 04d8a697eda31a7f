/** Macros of SPF (RFC 7208 section 7). The text has been checked when its record was read. */
import { isIPv6 } from 'node:net'

export interface MacroValues {
  /** Whole, its local part `postmaster` where it has none. */
  sender: string
  /** The domain that is evaluated at the moment. */
  domain: string
  ip: string
  helo: string
  /** The validated name of the address; looked for only when it is asked for. */
  validatedName(): Promise<string>
}

const macro = /%\{([slodiphv])(\d{0,3})(r?)([.\-+,/_=]*)\}|%([%_-])/gi
const maxDomain = 253

/** A domain; of one that is too long the right end (section 7.3). */
export async function expandDomain(spec: string, values: MacroValues): Promise<string> {
  const parts: string[] = []
  let at = 0
  for (const match of spec.matchAll(macro)) {
    parts.push(spec.slice(at, match.index))
    at = match.index + match[0].length
    const [, letter, digits, reverse, delimiters, literal] = match
    if (literal !== undefined) parts.push(literal === '%' ? '%' : literal === '_' ? ' ' : '%20')
    else parts.push(transformed(await valueOf(letter!, values), letter!, digits!, reverse !== '', delimiters!))
  }
  let domain = (parts.join('') + spec.slice(at)).replace(/\.$/, '')
  while (domain.length > maxDomain && domain.includes('.')) domain = domain.slice(domain.indexOf('.') + 1)
  return domain
}

function transformed(value: string, letter: string, digits: string, reverse: boolean, delimiters: string): string {
  let labels = [value]
  if (digits !== '' || reverse || delimiters !== '') {
    const separators = new Set(delimiters === '' ? '.' : delimiters)
    labels = ['']
    for (const character of value) {
      if (separators.has(character)) labels.push('')
      else labels[labels.length - 1] += character
    }
    if (reverse) labels.reverse()
    if (digits !== '') labels = labels.slice(-Number(digits))
  }
  const text = labels.join('.')
  // An upper-case letter asks for what a URL takes.
  return letter === letter.toLowerCase() ? text : encodeURIComponent(text).replace(/[!'()*]/g, percent)
}

const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`

async function valueOf(letter: string, values: MacroValues): Promise<string> {
  const { sender, domain, ip, helo } = values
  const at = sender.lastIndexOf('@')
  switch (letter.toLowerCase()) {
    case 's':
      return sender
    case 'l':
      return sender.slice(0, at)
    case 'o':
      return sender.slice(at + 1)
    case 'd':
      return domain
    case 'i':
      return isIPv6(ip) ? [...hexDigits(ip)].join('.') : ip
    case 'p':
      return values.validatedName()
    case 'v':
      return isIPv6(ip) ? 'ip6' : 'in-addr'
    default:
      return helo
  }
}

/** All 32 of an IPv6 address. */
export function hexDigits(ip: string): string {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(ip)
  const hex = (high: string, low: string): string => (Number(high) * 256 + Number(low)).toString(16)
  const text = dotted ? `${dotted[1]}${hex(dotted[2]!, dotted[3]!)}:${hex(dotted[4]!, dotted[5]!)}` : ip
  const [left = '', right] = text.split('::')
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'))
  const tail = right === undefined ? [] : groups(right)
  const head = groups(left)
  const middle = right === undefined ? [] : Array<string>(Math.max(0, 8 - head.length - tail.length)).fill('0')
  return [...head, ...middle, ...tail].map((group) => group.padStart(4, '0')).join('')
}
