/**
 * The one way to DNS. What comes back is others' input: no more of it than `maxRecords` of bounded length, and each question ends
 * by its deadline, however many servers are silent.
 */
import { Resolver } from 'node:dns/promises'
import type { DnsFailure, DnsLookups, Lookup, MxRecord, SrvRecord } from './lookup.js'

export interface DnsSettings {
  /** `address` or `address:port`; none: the system's. */
  servers: readonly string[]
  /** Of one question to one server. */
  timeoutMs: number
}

const tries = 2
const maxRecords = 100
/** The longest DKIM keys and SPF records are far below. */
const maxTextLength = 4_096

/** Of node:dns, which are c-ares'. */
const failures: Record<string, DnsFailure> = {
  ETIMEOUT: 'TIMEOUT',
  ECANCELLED: 'TIMEOUT',
  ESERVFAIL: 'SERVFAIL',
  EREFUSED: 'REFUSED',
  ENOTIMP: 'REFUSED',
  ECONNREFUSED: 'UNREACHABLE',
  EBADNAME: 'BAD_NAME',
  ENONAME: 'BAD_NAME',
}

export class DnsResolver implements DnsLookups {
  private readonly resolver: Resolver
  private readonly deadlineMs: number

  constructor({ servers, timeoutMs }: DnsSettings) {
    this.resolver = new Resolver({ timeout: timeoutMs, tries })
    if (servers.length > 0) this.resolver.setServers(servers)
    this.deadlineMs = timeoutMs * 4
  }

  txt(name: string): Promise<Lookup<string>> {
    // Octets are octets to DNS. PostgreSQL keeps no NUL, and no record that means something to us has one.
    const plainText = (parts: string[]): string => parts.join('').slice(0, maxTextLength).replaceAll('\0', '\ufffd')
    return this.ask(this.resolver.resolveTxt(name), plainText)
  }

  mx(name: string): Promise<Lookup<MxRecord>> {
    return this.ask(this.resolver.resolveMx(name), ({ priority, exchange }) => ({
      priority,
      exchange: plainName(exchange),
    }))
  }

  srv(name: string): Promise<Lookup<SrvRecord>> {
    return this.ask(this.resolver.resolveSrv(name), ({ priority, weight, port, name: target }) => ({
      priority,
      weight,
      port,
      target: plainName(target),
    }))
  }

  cname(name: string): Promise<Lookup<string>> {
    return this.ask(this.resolver.resolveCname(name), plainName)
  }

  a(name: string): Promise<Lookup<string>> {
    return this.ask(this.resolver.resolve4(name), (address) => address)
  }

  aaaa(name: string): Promise<Lookup<string>> {
    return this.ask(this.resolver.resolve6(name), (address) => address)
  }

  /** Questions under way end as if nobody had answered. */
  close(): void {
    this.resolver.cancel()
  }

  private async ask<Raw, Value>(answer: Promise<Raw[]>, read: (raw: Raw) => Value): Promise<Lookup<Value>> {
    let deadline: NodeJS.Timeout | undefined
    const tooLate = new Promise<null>((resolve) => (deadline = setTimeout(() => resolve(null), this.deadlineMs)))
    // Who comes after the deadline is heard by nobody.
    answer.catch(() => undefined)
    try {
      const records = await Promise.race([answer, tooLate])
      if (records === null) return { outcome: 'FAILED', failure: 'TIMEOUT' }
      if (records.length === 0) return { outcome: 'NO_DATA' }
      return { outcome: 'FOUND', records: records.slice(0, maxRecords).map(read) }
    } catch (error) {
      const code = String((error as { code?: unknown }).code)
      if (code === 'ENOTFOUND') return { outcome: 'NO_SUCH_NAME' }
      if (code === 'ENODATA') return { outcome: 'NO_DATA' }
      return { outcome: 'FAILED', failure: failures[code] ?? 'MALFORMED' }
    } finally {
      clearTimeout(deadline)
    }
  }
}

/** Hosts answer in any case, and some with the final dot. A null MX (RFC 7505) stays empty. */
const plainName = (name: string): string => name.toLowerCase().replace(/\.$/, '')
