/**
 * SPF: whether a host may use a domain in MAIL FROM or HELO (RFC 7208 section 4). Bounded as section 4.6.4 says: ten terms that look
 * something up, two look-ups that find nothing, ten names each; the rest is bounded by `DnsLookUps`.
 */
import { BlockList, isIPv4 } from 'node:net'
import { NoAnswerError, type DnsLookUps } from '../dns-look-ups.js'
import { expandDomain, type MacroValues } from './spf-macros.js'
import { isSpfRecord, parseSpfRecord, SpfSyntaxError, type Mechanism, type Qualifier } from './spf-record.js'

export type SpfResult = 'none' | 'neutral' | 'pass' | 'fail' | 'softfail' | 'temperror' | 'permerror'

export interface SpfRequest {
  ip: string
  helo: string
  /** The reverse-path; empty: that of the host itself. */
  sender: string
}

export interface SpfVerdict {
  result: SpfResult
  /** Whose record said so. */
  domain: string
  /** Whose name it is: that in MAIL FROM, or in HELO where MAIL FROM is empty. */
  identity: 'mailfrom' | 'helo'
}

const maxTerms = 10
const maxVoid = 2
const maxNames = 10
const results: Record<Qualifier, SpfResult> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' }

export async function checkHost(dns: DnsLookUps, { ip, helo, sender }: SpfRequest): Promise<SpfVerdict> {
  const identity = sender === '' ? 'helo' : 'mailfrom'
  const given = sender === '' ? helo : sender
  const at = given.lastIndexOf('@')
  const domain = given.slice(at + 1).replace(/\.$/, '')
  const local = at > 0 ? given.slice(0, at) : 'postmaster'
  const plainIp = ip.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '')
  const verdict = (result: SpfResult): SpfVerdict => ({ result, domain: domain.toLowerCase(), identity })
  if (!isHostDomain(domain)) return verdict('none')
  const evaluation = new Evaluation(dns, plainIp, helo, `${local}@${domain}`)
  try {
    return verdict((await evaluation.check(domain)) ?? 'none')
  } catch (error) {
    if (error instanceof NoAnswerError) return verdict('temperror')
    if (error instanceof SpfSyntaxError) return verdict('permerror')
    throw error
  }
}

/** Section 4.3. */
const isHostDomain = (domain: string): boolean =>
  domain.length <= 253 && domain.includes('.') && domain.split('.').every((label) => /^[\x21-\x7e]{1,63}$/.test(label))

class Evaluation {
  private terms = 0
  private voids = 0
  private names: Promise<string[]> | null = null

  constructor(
    private readonly dns: DnsLookUps,
    private readonly ip: string,
    private readonly helo: string,
    private readonly sender: string,
  ) {}

  /** Null where the domain has no record. */
  async check(domain: string): Promise<SpfResult | null> {
    const records = isHostDomain(domain) ? (await this.dns.txt(domain)).filter(isSpfRecord) : []
    if (records.length === 0) return null
    if (records.length > 1) throw new SpfSyntaxError('several records')
    const { directives, redirect } = parseSpfRecord(records[0]!)
    const values: MacroValues = {
      sender: this.sender,
      domain,
      ip: this.ip,
      helo: this.helo,
      validatedName: () => this.validatedName(domain),
    }
    for (const { qualifier, mechanism } of directives) {
      if (await this.matches(mechanism, domain, values)) return results[qualifier]
    }
    if (redirect === null) return 'neutral'
    this.countTerm()
    const result = await this.check(await expandDomain(redirect, values))
    if (result === null) throw new SpfSyntaxError('redirected to nothing')
    return result
  }

  private async matches(mechanism: Mechanism, domain: string, values: MacroValues): Promise<boolean> {
    switch (mechanism.type) {
      case 'all':
        return true
      case 'ip4':
      case 'ip6':
        return isIPv4(this.ip) === (mechanism.type === 'ip4') && inNetwork(this.ip, mechanism.network, mechanism.bits)
      case 'include': {
        this.countTerm()
        const result = await this.check(await expandDomain(mechanism.domain, values))
        if (result === null) throw new SpfSyntaxError('includes nothing')
        return result === 'pass'
      }
      case 'exists': {
        this.countTerm()
        return (await this.counted(this.dns.a(await expandDomain(mechanism.domain, values)))).length > 0
      }
      case 'ptr': {
        this.countTerm()
        const target = mechanism.domain === null ? domain : await expandDomain(mechanism.domain, values)
        return (await this.validatedNames()).some((name) => isWithin(name, target))
      }
      case 'a':
      case 'mx': {
        this.countTerm()
        const target = mechanism.domain === null ? domain : await expandDomain(mechanism.domain, values)
        const bits = isIPv4(this.ip) ? mechanism.bits4 : mechanism.bits6
        const hosts = mechanism.type === 'a' ? [target] : await this.counted(this.dns.mx(target))
        if (hosts.length > maxNames) throw new SpfSyntaxError('too many hosts')
        for (const host of hosts) {
          const addresses = await this.counted(this.addresses(host))
          if (addresses.some((address) => inNetwork(this.ip, address, bits))) return true
        }
        return false
      }
    }
  }

  private addresses = (host: string): Promise<string[]> => (isIPv4(this.ip) ? this.dns.a(host) : this.dns.aaaa(host))

  private countTerm(): void {
    if (++this.terms > maxTerms) throw new SpfSyntaxError('too many look-ups')
  }

  private async counted(answer: Promise<string[]>): Promise<string[]> {
    const records = await answer
    if (records.length === 0 && ++this.voids > maxVoid) throw new SpfSyntaxError('too many look-ups that find nothing')
    return records
  }

  /** Names of the address that lead back to it; what cannot be looked up is none (section 5.5). */
  private validatedNames(): Promise<string[]> {
    return (this.names ??= (async () => {
      const found: string[] = []
      for (const name of (await this.dns.ptr(this.ip).catch(() => [])).slice(0, maxNames)) {
        const addresses = await this.addresses(name).catch(() => [])
        if (addresses.some((address) => inNetwork(this.ip, address, isIPv4(this.ip) ? 32 : 128))) found.push(name)
      }
      return found
    })())
  }

  /** Section 7.3, the macro `p`: the domain itself, else one below it, else any. */
  private async validatedName(domain: string): Promise<string> {
    const names = await this.validatedNames()
    const same = names.find((name) => name.toLowerCase() === domain.toLowerCase())
    return same ?? names.find((name) => isWithin(name, domain)) ?? names[0] ?? 'unknown'
  }
}

const isWithin = (name: string, domain: string): boolean =>
  `.${name.toLowerCase().replace(/\.$/, '')}`.endsWith(`.${domain.toLowerCase()}`)

function inNetwork(ip: string, network: string, bits: number): boolean {
  const family = isIPv4(ip) ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, bits, isIPv4(network) ? 'ipv4' : 'ipv6')
  return list.check(ip, family)
}
