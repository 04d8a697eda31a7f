/**
 * How mail for a destination must be secured on its way to a host: by the host's TLSA records where DNSSEC vouches for them (RFC 7672),
 * else by the destination's MTA-STS policy (RFC 8461), else as well as may be.
 *
 * Invariant: what one of them demands and the host does not show ends in an outcome that waits, never in plain text; and no answer of
 * the DNS that is bogus or missing makes a demand go away.
 */
import { createSecureContext, rootCertificates } from 'node:tls'
import type { SecureContext } from 'node:tls'
import type { Logger } from 'pino'
import type { ClientResult } from '../client/smtp-client.js'
import { deferred } from '../outcome.js'
import type { Outcome } from '../outcome.js'
import type { HopResolver, NextHop } from '../next-hops.js'
import { StsPolicies } from './sts-policies.js'
import { namesHost } from './sts-policy.js'
import { isUsable } from './tlsa.js'
import type { TlsaRecord } from './tlsa.js'
import type { TransportDatabase } from './transport-database.js'
import { ruleName } from './transport-rule.js'

export interface TransportOptions {
  /** Certificate authorities (PEM) that are trusted beside the usual ones. */
  ca?: string[]
  /** Where policy hosts are asked; 443. */
  stsPort?: number
}

interface TransportDeps {
  resolver: HopResolver
  database: TransportDatabase
  logger: Logger
}

const refreshEveryMs = 3_600_000
/** What a host could list without end costs us no more than this. */
const maxTlsaRecords = 50

export class TransportSecurity {
  readonly secureContext: SecureContext
  private readonly sts: StsPolicies
  private timer: NodeJS.Timeout | null = null
  private refreshing: Promise<void> = Promise.resolve()

  constructor(
    private readonly deps: TransportDeps,
    { ca, stsPort = 443 }: TransportOptions,
  ) {
    const trusted = ca && [...rootCertificates, ...ca]
    this.secureContext = createSecureContext({ minVersion: 'TLSv1.2', ...(trusted && { ca: trusted }) })
    const { resolver, database, logger } = deps
    this.sts = new StsPolicies(resolver, database, { resolver, ca: trusted, port: stsPort }, logger)
  }

  start(): void {
    const refresh = (): void => {
      this.refreshing = this.sts
        .refresh()
        .catch((error: unknown) => this.deps.logger.error({ err: error }, 'MTA-STS policies cannot be refreshed'))
    }
    this.timer ??= setInterval(refresh, refreshEveryMs).unref()
  }

  async close(): Promise<void> {
    if (this.timer) clearInterval(this.timer)
    await this.refreshing
    await this.deps.database.close()
  }

  /** The hop as it must be secured, or why mail must not go there now. */
  async secure(destination: string, hop: NextHop): Promise<NextHop | { refusal: Outcome }> {
    const byDane = await this.byDane(destination, hop)
    if (byDane) return byDane
    const { policy } = await this.sts.of(destination)
    if (policy === null || policy.mode === 'none') return hop
    const rule = { type: 'MTA_STS', policy } as const
    if (policy.mode === 'testing') return { ...hop, rule }
    if (namesHost(policy, hop.host)) return { ...hop, tls: 'REQUIRED', rule }
    const text = `${hop.host} is not among the hosts of the MTA-STS policy of ${destination}`
    return { refusal: { ...deferred('4.7.5', text, hop.host), tlsPolicy: ruleName(rule) } }
  }

  /** Writes into what an attempt came to who demanded how it was secured. */
  tell(_destination: string | null, hop: NextHop, result: ClientResult): ClientResult {
    if (hop.rule === undefined) return result
    const fault = result.tlsFailure ? `: ${result.tlsFailure.type}` : ''
    const tlsPolicy = `${ruleName(hop.rule)}${fault}`
    if (result.type === 'answered') {
      const outcomes = [...result.outcomes].map(([address, outcome]) => [address, { ...outcome, tlsPolicy }] as const)
      return { ...result, outcomes: new Map(outcomes) }
    }
    if (result.type === 'unreachable' || hop.tls === 'OPPORTUNISTIC') return result
    const text = `${result.outcome.text}; demanded by ${ruleName(hop.rule)}`
    return { ...result, outcome: { ...result.outcome, text, tlsPolicy } }
  }

  private async byDane(destination: string, hop: NextHop): Promise<NextHop | { refusal: Outcome } | null> {
    const { resolver } = this.deps
    if (!resolver.resolveTlsa) return null
    for (const base of hop.tlsaBases ?? []) {
      let records: TlsaRecord[]
      try {
        const answer = await resolver.resolveTlsa(`_${hop.port}._tcp.${base}`)
        if (!answer.secure) continue
        records = answer.records.slice(0, maxTlsaRecords)
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOTFOUND') continue
        // RFC 7672 section 2.1.2: who hides the records must not be able to have the mail go without them.
        const text = `The TLSA records of ${hop.host} cannot be looked up now`
        return { refusal: { ...deferred('4.7.5', text, hop.host), tlsPolicy: 'DANE: dnssec-invalid' } }
      }
      if (records.length === 0) continue
      const usable = records.filter(isUsable)
      const shown = records.map(
        ({ usage, selector, matchingType, certificate }) =>
          `${usage} ${selector} ${matchingType} ${certificate.toString('hex').slice(0, 128)}`,
      )
      if (usable.length === 0) return { ...hop, tls: 'ENCRYPTED', rule: { type: 'DANE_UNUSABLE', records: shown } }
      const names = [...new Set([base, hop.host.toLowerCase().replace(/\.$/, ''), destination])]
      return { ...hop, tls: 'REQUIRED', dane: { records: usable, names }, rule: { type: 'DANE', records: shown } }
    }
    return null
  }
}
