/**
 * Who a message from outside comes from, as far as it can be known: iprev, SPF, DKIM, ARC and DMARC, within one deadline. Nothing here
 * refuses: what becomes of the message is a matter of policies.
 */
import { Resolver } from 'node:dns/promises'
import { isIPv4 } from 'node:net'
import { normalizeDomain } from '@mailfleet/schema'
import { fieldsNamed, type HeaderField } from '../message/header-section.js'
import type { MessageContent } from '../message/message-content.js'
import { BoundedLookUps, type DnsLookUps } from './dns-look-ups.js'
import { verifySignatures, type SignatureVerdicts } from './dkim-signatures.js'
import { evaluateDmarc, type DmarcPolicy, type DmarcVerdict } from './dmarc.js'
import { checkIprev, type IprevVerdict } from './iprev.js'
import { checkHost, type SpfVerdict } from './spf/check-host.js'

export interface Authentication extends SignatureVerdicts {
  iprev: IprevVerdict & { ip: string }
  spf: SpfVerdict
  /** One for each domain that a reader might take for the author's. */
  dmarc: DmarcVerdict[]
}

export interface MessageToAuthenticate {
  remoteIp: string
  helo: string
  reversePath: string
  fields: HeaderField[]
  content: MessageContent
  /** Of all From fields, in every reading; null for what is no address. */
  authors: readonly (string | null)[]
}

export type AuthenticateMessage = (message: MessageToAuthenticate) => Promise<Authentication | null>

export interface AuthenticationOptions {
  /** `address` or `address:port`; those of the system by default. */
  dnsServers?: readonly string[] | undefined
  /** For all checks of a message together. */
  deadlineMs?: number
  /** Also what comes from this machine, which is nobody's host and else is not looked at. */
  loopback?: boolean
}

const questionMs = 2_000
/** Of a message with more domains than that in From no reader will agree on one. */
const maxAuthorDomains = 4
/** Fields that cost a verification; more are no one's mail. */
const maxSignatureFields = 60
/** Of the header section: mailauth takes the square of them. */
const maxHeaderLines = 2_000

export function createAuthentication(options: AuthenticationOptions = {}): AuthenticateMessage {
  const { dnsServers = [], deadlineMs = 10_000, loopback = false } = options
  const resolver = new Resolver({ timeout: questionMs, tries: 2 })
  if (dnsServers.length > 0) resolver.setServers([...dnsServers])
  return async (message) => {
    if (!loopback && isLoopback(message.remoteIp)) return null
    return authenticateMessage(new BoundedLookUps(resolver, AbortSignal.timeout(deadlineMs)), message)
  }
}

export async function authenticateMessage(dns: DnsLookUps, message: MessageToAuthenticate): Promise<Authentication> {
  const ip = message.remoteIp.replace(/^::ffff:(?=\d)/i, '')
  const signed = message.fields.filter(({ name }) => name === 'dkim-signature' || name.startsWith('arc-')).length
  const [iprev, spf, verdicts] = await Promise.all([
    checkIprev(dns, ip),
    checkHost(dns, { ip, helo: message.helo, sender: message.reversePath }),
    signed > maxSignatureFields || linesOf(message.fields) > maxHeaderLines
      ? tooMany
      : verifySignatures(message.content, dns),
  ])
  const vouched = {
    spf: spf.result === 'pass' ? normalizeDomain(spf.domain) : null,
    dkim: verdicts.signatures.flatMap(({ result, domain }) =>
      result === 'pass' ? (normalizeDomain(domain) ?? []) : [],
    ),
  }
  const domains = authorDomains(message)
  const dmarc: DmarcVerdict[] =
    domains === null
      ? [{ result: 'permerror', domain: '', policy: null }]
      : await Promise.all(domains.map((domain) => evaluateDmarc(dns, domain, vouched)))
  return { iprev: { ...iprev, ip }, spf, ...verdicts, dmarc }
}

const tooMany: SignatureVerdicts = {
  signatures: [],
  arc: { result: 'fail', instances: 0, reason: 'too much to verify' },
}

const linesOf = (fields: HeaderField[]): number =>
  fields.reduce((sum, { raw }) => {
    let lines = 0
    for (let at = raw.indexOf(0x0a); at >= 0; at = raw.indexOf(0x0a, at + 1)) lines += 1
    return sum + lines
  }, 0)

/** What the owners of the author's domains ask for; the strictest of those that fail. */
export function wantedBy({ dmarc }: Authentication): DmarcPolicy {
  const asked = dmarc.flatMap(({ result, policy }) => (result === 'fail' && policy ? [policy] : []))
  return asked.includes('reject') ? 'reject' : asked.includes('quarantine') ? 'quarantine' : 'none'
}

/** Null where there is no author, or one that cannot be read, or too many. */
function authorDomains({ fields, authors }: MessageToAuthenticate): string[] | null {
  if (fieldsNamed(fields, 'from').length === 0) return null
  const domains = new Set(
    authors.flatMap((author) =>
      author === null ? [] : (normalizeDomain(author.slice(author.lastIndexOf('@') + 1)) ?? []),
    ),
  )
  return domains.size === 0 || domains.size > maxAuthorDomains ? null : [...domains]
}

const isLoopback = (address: string): boolean => {
  const ip = address.replace(/^::ffff:(?=\d)/i, '')
  return ip === '::1' || (isIPv4(ip) && ip.startsWith('127.'))
}
