/**
 * Which MTA-STS policy holds for a destination now (RFC 8461 sections 3 and 5).
 *
 * A policy that was fetched holds until its max_age is over, whatever becomes of its record and its host meanwhile: who can hide both
 * must not be able to end it. So it is fetched again when its record's id changes, and once a day.
 */
import type { Logger } from 'pino'
import { BoundedMap } from '../../net/bounded-map.js'
import type { HopResolver } from '../next-hops.js'
import { fetchStsPolicy, PolicyFetchError } from './policy-fetch.js'
import type { PolicyFetchOptions } from './policy-fetch.js'
import type { TlsFailure } from './peer-verification.js'
import { stsRecordId } from './sts-policy.js'
import type { StsPolicy } from './sts-policy.js'
import type { TransportDatabase } from './transport-database.js'
import type { StoredPolicy } from './transport-operations.js'

export interface StsState {
  policy: StsPolicy | null
  /** Why there is none although its domain says that there is. */
  failure: TlsFailure | null
}

/** How long the answer for a destination is not asked for again; section 3.3 wants pauses between failed fetches. */
const recheckMs = 300_000
const refreshAfterMs = 86_400_000
const maxRemembered = 10_000
const refreshedAtOnce = 50

export class StsPolicies {
  private readonly remembered = new BoundedMap<{ until: number; state: StsState }>(maxRemembered, Date.now)
  /** One look-up of a destination at a time. */
  private readonly running = new Map<string, Promise<StsState>>()

  constructor(
    private readonly resolver: HopResolver,
    private readonly database: TransportDatabase,
    private readonly fetchOptions: PolicyFetchOptions,
    private readonly logger: Logger,
  ) {}

  async of(domain: string): Promise<StsState> {
    const known = this.remembered.get(domain)
    if (known) return known.state
    let running = this.running.get(domain)
    if (!running) {
      running = this.find(domain).finally(() => this.running.delete(domain))
      this.running.set(domain, running)
    }
    return running
  }

  /** Fetches anew what is older than a day, and forgets what is over. */
  async refresh(): Promise<void> {
    const now = Date.now()
    await this.database.writer.call('dropPolicies', now)
    for (const stored of this.database.policiesFetchedBefore(now - refreshAfterMs, refreshedAtOnce))
      await this.fetch(stored.domain, stored.recordId).catch(() => undefined)
  }

  private async find(domain: string): Promise<StsState> {
    const state = await this.currentState(domain)
    const holdsFor = Math.min(recheckMs, (state.policy?.maxAge ?? Infinity) * 1_000)
    this.remembered.set(domain, { until: Date.now() + holdsFor, state })
    return state
  }

  private async currentState(domain: string): Promise<StsState> {
    const stored = this.database.policy(domain)
    const held = stored && stored.expiresAt > Date.now() ? stored : null
    const recordId = await this.recordId(domain)
    const stale = held !== null && Date.now() - held.fetchedAt > refreshAfterMs
    if (recordId === null && !stale) return stateOf(held)
    if (held !== null && recordId === held.recordId && !stale) return stateOf(held)
    try {
      return { policy: await this.fetch(domain, recordId ?? held!.recordId), failure: null }
    } catch (error) {
      if (!(error instanceof PolicyFetchError)) throw error
      this.logger.info({ domain, reason: error.message }, 'an MTA-STS policy cannot be fetched')
      return { ...stateOf(held), failure: { type: error.type, text: error.message } }
    }
  }

  private async recordId(domain: string): Promise<string | null> {
    const texts = await this.resolver.resolveTxt(`_mta-sts.${domain}`).catch(() => null)
    return texts && stsRecordId(texts.records)
  }

  private async fetch(domain: string, recordId: string): Promise<StsPolicy> {
    const policy = await fetchStsPolicy(domain, this.fetchOptions)
    const fetchedAt = Date.now()
    const expiresAt = fetchedAt + policy.maxAge * 1_000
    const stored: StoredPolicy = { domain, recordId, policy: JSON.stringify(policy), fetchedAt, expiresAt }
    await this.database.writer.call('keepPolicy', stored)
    return policy
  }
}

const stateOf = (held: StoredPolicy | null): StsState => ({
  policy: held && (JSON.parse(held.policy) as StsPolicy),
  failure: null,
})
