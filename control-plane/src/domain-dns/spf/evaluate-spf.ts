/**
 * What a receiver would make of a domain's SPF record for one address: `check_host` of RFC 7208 section 4, without macros, which a
 * record that names its hosts has no need of. What hangs on a macro is said not to be known, never guessed.
 *
 * Bounded as receivers are: ten terms that ask DNS, two of them without an answer, ten hosts a term (sections 4.6.4 and 11.1).
 */
import { BlockList, isIP } from 'node:net'
import { recordsOf, type DnsLookups, type Lookup } from '../../platform/dns/index.js'
import { isSpf, parseSpf, type Mechanism, type Qualifier } from './spf-record.js'

const maxLookups = 10
const maxVoidLookups = 2
const maxHosts = 10

export type SpfResult =
  | 'pass'
  | 'fail'
  | 'softfail'
  | 'neutral'
  | 'none'
  | { permanent: 'SYNTAX' | 'SEVERAL_RECORDS' | 'TOO_MANY_LOOKUPS' | 'NO_RECORD' }
  /** There was no answer, or it hangs on what the message says. */
  | { unknown: 'NO_ANSWER' | 'MACROS' }

const resultOf: Record<Qualifier, SpfResult> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' }

class Ended extends Error {
  constructor(readonly result: SpfResult) {
    super('the evaluation ended')
  }
}
const permanent = (reason: Extract<SpfResult, { permanent: unknown }>['permanent']): Ended =>
  new Ended({ permanent: reason })

export async function evaluateSpf(dns: DnsLookups, domain: string, address: string): Promise<SpfResult> {
  const evaluation = new Evaluation(dns, address)
  try {
    const result = await evaluation.checkHost(domain)
    return evaluation.sawMacro && result !== 'pass' ? { unknown: 'MACROS' } : result
  } catch (error) {
    if (error instanceof Ended) return error.result
    throw error
  }
}

class Evaluation {
  sawMacro = false
  private lookups = 0
  private voids = 0

  constructor(
    private readonly dns: DnsLookups,
    private readonly address: string,
  ) {}

  async checkHost(domain: string): Promise<SpfResult> {
    const texts = recordsOf(await this.dns.txt(domain))
    if (texts === null) throw new Ended({ unknown: 'NO_ANSWER' })
    const records = texts.filter(isSpf)
    if (records.length === 0) return 'none'
    if (records.length > 1) throw permanent('SEVERAL_RECORDS')
    const record = parseSpf(records[0]!)
    if (!record) throw permanent('SYNTAX')
    for (const mechanism of record.mechanisms) {
      if (await this.matches(mechanism, domain)) return resultOf[mechanism.qualifier]
    }
    if (record.redirect === null || record.mechanisms.some(({ name }) => name === 'all')) return 'neutral'
    this.count()
    if (this.isMacro(record.redirect)) return 'neutral'
    const result = await this.checkHost(record.redirect)
    // Section 6.1.
    if (result === 'none') throw permanent('NO_RECORD')
    return result
  }

  private async matches(mechanism: Mechanism, domain: string): Promise<boolean> {
    const { name, value } = mechanism
    if (name === 'all') return true
    if (name === 'ip4' || name === 'ip6') return this.within(value!, mechanism, name)
    this.count()
    const target = value ?? domain
    if (this.isMacro(target)) return false
    switch (name) {
      case 'include':
        return this.includes(target)
      case 'a':
        return this.isAddressOf(target, mechanism)
      case 'mx':
        return this.isExchangerOf(target, mechanism)
      case 'exists':
        return this.answered(await this.dns.a(target)).length > 0
      case 'ptr':
        // Asks the address for its name: not to be used (section 5.5), and never the reason why we are covered.
        return false
    }
  }

  private async includes(target: string): Promise<boolean> {
    const result = await this.checkHost(target)
    // Section 5.2.
    if (result === 'none') throw permanent('NO_RECORD')
    return result === 'pass'
  }

  private async isExchangerOf(target: string, prefixes: Mechanism): Promise<boolean> {
    const exchangers = this.answered(await this.dns.mx(target)).filter(({ exchange }) => exchange !== '')
    if (exchangers.length > maxHosts) throw permanent('TOO_MANY_LOOKUPS')
    const matches = await Promise.all(exchangers.map(({ exchange }) => this.isAddressOf(exchange, prefixes, true)))
    return matches.includes(true)
  }

  private async isAddressOf(host: string, prefixes: Mechanism, behindMx = false): Promise<boolean> {
    const lookup = isIP(this.address) === 6 ? await this.dns.aaaa(host) : await this.dns.a(host)
    const addresses = behindMx ? (recordsOf(lookup) ?? this.noAnswer()) : this.answered(lookup)
    return addresses.some((address) => this.within(address, prefixes, null))
  }

  private within(network: string, { prefix4, prefix6 }: Mechanism, written: 'ip4' | 'ip6' | null): boolean {
    const family = isIP(network)
    if (written && family !== (written === 'ip4' ? 4 : 6)) throw permanent('SYNTAX')
    if (family === 0 || family !== isIP(this.address)) return false
    const type = family === 4 ? 'ipv4' : 'ipv6'
    const list = new BlockList()
    list.addSubnet(network, family === 4 ? (prefix4 ?? 32) : (prefix6 ?? 128), type)
    return list.check(this.address, type)
  }

  private answered<Value>(lookup: Lookup<Value>): Value[] {
    const records = recordsOf(lookup) ?? this.noAnswer()
    if (records.length === 0 && ++this.voids > maxVoidLookups) throw permanent('TOO_MANY_LOOKUPS')
    return records
  }

  private noAnswer(): never {
    throw new Ended({ unknown: 'NO_ANSWER' })
  }

  private count(): void {
    if (++this.lookups > maxLookups) throw permanent('TOO_MANY_LOOKUPS')
  }

  private isMacro(target: string): boolean {
    if (!target.includes('%')) return false
    this.sawMacro = true
    return true
  }
}
