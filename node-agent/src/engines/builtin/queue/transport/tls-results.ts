/**
 * Counts what sessions with destinations came to, for TLS reports (RFC 8460). Counts go to disk in bundles: a crash loses those of
 * the last half minute, which is nothing that mail depends on.
 */
import type { ClientResult } from '../client/smtp-client.js'
import type { NextHop } from '../next-hops.js'
import type { TlsFailure } from './peer-verification.js'
import type { TransportDatabase } from './transport-database.js'
import type { ResultCount } from './transport-operations.js'
import type { TransportRule } from './transport-rule.js'

const flushEveryMs = 30_000
/** Of strangers' making: what is beyond is not counted before the next bundle. */
const maxPending = 10_000

export const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10)

export class TlsResults {
  private pending = new Map<string, ResultCount>()
  private readonly timer: NodeJS.Timeout
  private flushing: Promise<void> = Promise.resolve()

  constructor(
    private readonly database: TransportDatabase,
    private readonly now: () => number,
    onError: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => void this.flush().catch(onError), flushEveryMs).unref()
  }

  /** One session, or none: what went on over an older one, in the clear after TLS had failed, or never began. */
  session(domain: string, hop: NextHop, result: ClientResult): void {
    if (hop.tls === 'NONE' || result.type === 'unreachable') return
    if (result.type === 'answered' && !result.fresh) return
    const { tlsFailure = null } = result
    // Who nobody demanded proof of has not failed to give it.
    const counts =
      hop.rule !== undefined || tlsFailure?.type === 'starttls-not-supported' || result.type === 'unsecured'
    if (hop.rule?.type === 'DANE_UNUSABLE')
      this.count(domain, hop, { type: 'tlsa-invalid', text: 'no TLSA record can be used' })
    else this.count(domain, hop, counts ? tlsFailure : null)
  }

  /** `hop` is null where the failure is of the domain's policy itself. */
  count(domain: string, hop: Pick<NextHop, 'host' | 'address' | 'rule'> | null, failure: TlsFailure | null): void {
    const policy = JSON.stringify(
      hop ? policyOf(domain, hop.host, hop.rule) : { ...base('sts', domain), 'policy-string': [] },
    )
    const details = failure && {
      'result-type': failure.type,
      ...(hop && { 'receiving-mx-hostname': hop.host, 'receiving-ip': hop.address }),
      'failure-reason-code': failure.text.slice(0, 200),
    }
    const result = { day: dayOf(this.now()), domain, policy, failure: details ? JSON.stringify(details) : '' }
    const key = JSON.stringify(result)
    const known = this.pending.get(key)
    if (known) known.sessions++
    else if (this.pending.size < maxPending) this.pending.set(key, { ...result, sessions: 1 })
  }

  flush(): Promise<void> {
    this.flushing = this.flushing
      .catch(() => undefined)
      .then(async () => {
        if (this.pending.size === 0) return
        const results = [...this.pending.values()]
        this.pending = new Map()
        await this.database.write('count', results)
      })
    return this.flushing
  }

  async close(): Promise<void> {
    clearInterval(this.timer)
    await this.flush()
  }
}

const base = (type: string, domain: string) => ({ 'policy-type': type, 'policy-domain': domain })

/** Section 4.4. */
function policyOf(domain: string, host: string, rule: TransportRule | undefined): object {
  if (rule === undefined) return base('no-policy-found', domain)
  if (rule.type !== 'MTA_STS') return { ...base('tlsa', domain), 'policy-string': rule.records, 'mx-host': [host] }
  const { mode, mx, maxAge } = rule.policy
  const lines = ['version: STSv1', `mode: ${mode}`, ...mx.map((pattern) => `mx: ${pattern}`), `max_age: ${maxAge}`]
  return { ...base('sts', domain), 'policy-string': lines, 'mx-host': mx }
}
