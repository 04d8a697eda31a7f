/**
 * The arguments of MAIL and RCPT (RFC 5321 section 4.1.2 and 4.1.1.11): one reverse-path or forward-path and the ESMTP parameters.
 * Quoted local parts are understood, so that `"x@elsewhere"@here` is an address here and nothing else; source routes are ignored
 * (appendix C). What is not a path in angle brackets is a syntax error.
 */
import { isIP } from 'node:net'
import { normalizeDomain } from '@mailfleet/schema'

export interface PathCommand {
  /** As given, without brackets and source route; a needless quoting is undone. Empty for the null reverse-path. */
  address: string
  args: Record<string, string | true> | false
  /** A parameter that was given twice. */
  duplicate?: string
}

/** Path limit of RFC 5321 section 4.5.3.1.3 less the brackets. */
const maxPath = 254

const unsafe = /[\u0000-\u001f\u007f-\u009f\u200b\u2028\u2029\u2060\ufeff\ufffd]/
const dotString = /^[^\s"(),:;<>@[\\\]]+$/
const plainLocalPart = /^[^\s"(),.:;<>@[\\\]]+(?:\.[^\s"(),.:;<>@[\\\]]+)*$/
const keyword = /^[A-Za-z0-9][A-Za-z0-9-]*$/
const sourceRoute = /^@[^\s,:@<>"]{1,255}(?:,@[^\s,:@<>"]{1,255}){0,20}:/

export function parsePathCommand(verb: 'MAIL FROM' | 'RCPT TO', line: string): PathCommand | false {
  if (line.slice(0, verb.length + 1).toUpperCase() !== `${verb}:` || unsafe.test(line)) return false
  const rest = line.slice(verb.length + 1).trim()
  const close = endOfPath(rest)
  if (close < 0 || (rest.length > close + 1 && rest[close + 1] !== ' ')) return false
  const address = parsePath(rest.slice(1, close), verb)
  if (address === null) return false
  const parameters = rest
    .slice(close + 1)
    .split(' ')
    .filter((part) => part !== '')
  const args: Record<string, string | true> = Object.create(null) as Record<string, string | true>
  let duplicate: string | undefined
  for (const parameter of parameters) {
    const equals = parameter.indexOf('=')
    const name = (equals < 0 ? parameter : parameter.slice(0, equals)).toUpperCase()
    if (!keyword.test(name)) return false
    if (name in args) duplicate = name
    args[name] = equals < 0 ? true : parameter.slice(equals + 1)
  }
  return { address, args: parameters.length > 0 && args, ...(duplicate !== undefined && { duplicate }) }
}

/** The index of the closing bracket, with quoted strings in view; -1 without one. */
function endOfPath(text: string): number {
  if (text[0] !== '<') return -1
  let quoted = false
  for (let index = 1; index < text.length; index++) {
    const char = text[index]
    if (quoted && char === '\\') index++
    else if (char === '"') quoted = !quoted
    else if (char === '>' && !quoted) return index
    else if (char === '<' && !quoted) return -1
  }
  return -1
}

function parsePath(path: string, verb: 'MAIL FROM' | 'RCPT TO'): string | null {
  const mailbox = path.replace(sourceRoute, '')
  if (mailbox === '') return path === '' && verb === 'MAIL FROM' ? '' : null
  if (verb === 'RCPT TO' && mailbox.toLowerCase() === 'postmaster') return 'postmaster'
  if (mailbox.length > maxPath) return null
  const at = mailbox.startsWith('"') ? endOfQuoted(mailbox) : mailbox.indexOf('@')
  if (at < 1 || mailbox[at] !== '@') return null
  const domain = parseDomain(mailbox.slice(at + 1))
  const local = parseLocalPart(mailbox.slice(0, at))
  return local !== null && domain !== null ? `${local}@${domain}` : null
}

/** The index after the closing quote. */
function endOfQuoted(text: string): number {
  for (let index = 1; index < text.length; index++) {
    if (text[index] === '\\') index++
    else if (text[index] === '"') return index + 1
  }
  return -1
}

function parseLocalPart(local: string): string | null {
  if (!local.startsWith('"')) return dotString.test(local) ? local : null
  const content = local.slice(1, -1).replace(/\\(.)/gu, '$1')
  return plainLocalPart.test(content) ? content : local
}

function parseDomain(domain: string): string | null {
  const literal = /^\[(?:(IPv6):)?([0-9a-f.:]+)\]$/i.exec(domain)
  if (literal) return isIP(literal[2]!) === (literal[1] ? 6 : 4) ? domain.toLowerCase() : null
  return normalizeDomain(domain)
}
