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
import { namesHost } from '@mailfleet/schema'
import type { Directory } from '../../../../config/directory.js'
import type { ClientResult } from '../client/smtp-client.js'
import type { MessageRequest } from '../notification-request.js'
import { deferred, failed } from '../outcome.js'
import type { Outcome } from '../outcome.js'
import type { HopResolver, NextHop } from '../next-hops.js'
import type { OutboundMessage } from '../outbound-queue.js'
import { Chore } from './chore.js'
import { isPublic } from './outgoing-lookup.js'
import type { TlsFailure } from './peer-verification.js'
import { ReportSender } from './report-sender.js'
import { StsPolicies } from './sts-policies.js'
import type { Reporter } from './tls-report.js'
import { TlsResults } from './tls-results.js'
import { isUsable } from './tlsa.js'
import type { TlsaRecord } from './tlsa.js'
import type { TransportDatabase } from './transport-database.js'
import { ruleName } from './transport-rule.js'
import type { TransportRule } from './transport-rule.js'

export interface TransportOptions {
  /** Certificate authorities (PEM) that are trusted beside the usual ones. */
  ca?: string[]
  /** Where policy hosts are asked; 443. */
  stsPort?: number
  /** Policy and report hosts may be on this machine: for tests. */
  loopback?: boolean
  /** Without: no TLS reports. */
  reporter?: Reporter | undefined
  /** How often reports that are due are looked for. */
  reportEveryMs?: number
}

interface TransportDeps {
  resolver: HopResolver
  database: TransportDatabase
  directory: Directory
  logger: Logger
  /** Of this node's clock. */
  wall(): number
}

/** Why mail must not go to a host now. `own`: it is this message that demands more than the destination does. */
interface Refused {
  refusal: Outcome
  own: boolean
}

/** `hop` and `failure` as reports tell of them. */
interface Refusal extends Refused {
  hop: NextHop
  failure: TlsFailure
}

const refreshEveryMs = 3_600_000
const reportEveryMs = 600_000
/** What a host could list without end costs us no more than this. */
const maxTlsaRecords = 50

export class TransportSecurity {
  readonly secureContext: SecureContext
  private readonly sts: StsPolicies
  private readonly results: TlsResults | null
  private readonly trusted: string[] | undefined
  private readonly chores: Chore[] = []

  constructor(
    private readonly deps: TransportDeps,
    private readonly options: TransportOptions,
  ) {
    const { ca, stsPort = 443, reporter } = options
    const trusted = ca && [...rootCertificates, ...ca]
    this.trusted = trusted
    this.secureContext = createSecureContext({ minVersion: 'TLSv1.2', ...(trusted && { ca: trusted }) })
    const { resolver, database, logger } = deps
    const { mayReach } = this
    this.results = reporter
      ? new TlsResults(database, deps.wall, (error) =>
          logger.error({ err: error }, 'results of TLS sessions cannot be kept'),
        )
      : null
    const fetchOptions = { resolver, ca: trusted, port: stsPort, mayReach }
    this.sts = new StsPolicies(resolver, database, fetchOptions, logger, (domain, failure) =>
      this.results?.count(domain, null, failure),
    )
  }

  /** `enqueue` takes reports that go by mail. */
  start(enqueue: (message: OutboundMessage) => Promise<void>): void {
    if (this.chores.length > 0) return
    const { deps, options, results, trusted: ca, mayReach } = this
    const { logger } = deps
    this.chores.push(
      new Chore(
        refreshEveryMs,
        (signal) => this.sts.refresh(signal),
        (error) => logger.error({ err: error }, 'MTA-STS policies cannot be refreshed'),
      ),
    )
    if (!options.reporter || !results) return
    const sender = new ReportSender({ ...deps, enqueue, ca, mayReach, now: () => deps.wall() }, options.reporter)
    const report = async (signal: AbortSignal): Promise<void> => {
      await results.flush()
      await sender.step(signal)
    }
    this.chores.push(
      new Chore(options.reportEveryMs ?? reportEveryMs, report, (error) =>
        logger.error({ err: error }, 'TLS reports cannot be sent'),
      ),
    )
  }

  async close(): Promise<void> {
    await Promise.all(this.chores.map((chore) => chore.stop()))
    await this.results?.close().catch((error: unknown) => {
      this.deps.logger.error({ err: error }, 'results of TLS sessions cannot be kept')
    })
    await this.deps.database.close()
  }

  private readonly mayReach = (address: string): boolean => isPublic(address) || this.options.loopback === true

  /** The hop as it must be secured, or why mail must not go there now. */
  async secure(destination: string, hop: NextHop, asked: MessageRequest['tls']): Promise<NextHop | Refused> {
    // RFC 8689 section 4.2.2: sent whatever the destination's policies say.
    if (asked === 'OPTIONAL') return hop
    const secured = await this.byPolicies(destination, hop)
    if ('refusal' in secured) this.results?.count(destination, secured.hop, secured.failure)
    if (asked !== 'REQUIRED' || 'refusal' in secured) return secured
    // RFC 8689 section 4.2.1: a certificate proves a host, and something else must prove that it is the destination's.
    const { rule } = secured
    const vouchedFor =
      rule?.type === 'DANE' || (rule?.type === 'MTA_STS' && namesHost(rule.policy, hop.host)) || hop.tlsaBases?.length
    if (vouchedFor) return secured
    const text = `REQUIRETLS: neither DNSSEC nor MTA-STS vouches for ${hop.host} as a host of ${destination}`
    const { failure } = await this.sts.of(destination)
    return { refusal: failure ? deferred('4.7.30', text) : failed('5.7.30', text), own: true }
  }

  private async byPolicies(destination: string, hop: NextHop): Promise<NextHop | Refusal> {
    const byDane = await this.byDane(destination, hop)
    if (byDane) return byDane
    const { policy } = await this.sts.of(destination)
    if (policy === null || policy.mode === 'none') return hop
    const rule = { type: 'MTA_STS', policy } as const
    if (policy.mode === 'testing') return { ...hop, rule }
    if (namesHost(policy, hop.host)) return { ...hop, tls: 'REQUIRED', rule }
    const text = `${hop.host} is not among the hosts of the MTA-STS policy of ${destination}`
    const failure = { type: 'validation-failure', text } as const
    return {
      refusal: { ...deferred('4.7.5', text, hop.host), tlsPolicy: ruleName(rule) },
      own: false,
      hop: { ...hop, rule },
      failure,
    }
  }

  /** Writes into what an attempt came to who demanded how it was secured. */
  tell(destination: string | null, hop: NextHop, result: ClientResult): ClientResult {
    if (destination !== null) this.results?.session(destination, hop, result)
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

  private async byDane(destination: string, hop: NextHop): Promise<NextHop | Refusal | null> {
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
        const failure = { type: 'dnssec-invalid', text } as const
        const rule: TransportRule = { type: 'DANE', records: [] }
        return {
          refusal: { ...deferred('4.7.5', text, hop.host), tlsPolicy: `${ruleName(rule)}: ${failure.type}` },
          own: false,
          hop: { ...hop, rule },
          failure,
        }
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
