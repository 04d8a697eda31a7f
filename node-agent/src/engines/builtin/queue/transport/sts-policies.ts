/**
 * Which MTA-STS policy holds for a destination now (RFC 8461 sections 3 and 5).
 *
 * A policy that was fetched holds until its max_age is over, whatever becomes of its record and its host meanwhile: who can hide both
 * must not be able to end it. So it is fetched again when its record's id changes, and once a day.
 */
import type { Logger } from 'pino'
import { stsRecordId } from '@mailfleet/schema'
import type { StsPolicy } from '@mailfleet/schema'
import { BoundedMap } from '../../net/bounded-map.js'
import type { HopResolver } from '../next-hops.js'
import { fetchStsPolicy, PolicyFetchError } from './policy-fetch.js'
import type { PolicyFetchOptions } from './policy-fetch.js'
import type { TlsFailure } from './peer-verification.js'
import type { TransportDatabase } from './transport-database.js'
import type { StoredPolicy } from './transport-operations.js'

export interface StsState {
  policy: StsPolicy | null
  /** Why there is none although its domain says that there is. */
  failure: TlsFailure | null
}

/** How long the answer for a destination is not asked for again; section 3.3 wants pauses between failed fetches. */
const recheckMs = 300_000
/** And of a policy that is over sooner: one attempt asks once for each host. */
const shortestHoldMs = 60_000
const refreshAfterMs = 86_400_000
const maxRemembered = 10_000
const refreshedAtOnce = 50

/** Not the wall clock: set back by a day it would make an answer hold for that day. */
const elapsedMs = (): number => performance.now()

export class StsPolicies {
  private readonly remembered = new BoundedMap<{ until: number; state: StsState }>(maxRemembered, elapsedMs)
  /** One look-up of a destination at a time. */
  private readonly running = new Map<string, Promise<StsState>>()

  constructor(
    private readonly resolver: HopResolver,
    private readonly database: TransportDatabase,
    private readonly fetchOptions: PolicyFetchOptions,
    private readonly logger: Logger,
    private readonly onFailure: (domain: string, failure: TlsFailure) => void,
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
  async refresh(signal: AbortSignal): Promise<void> {
    const now = Date.now()
    await this.database.tidy('dropPolicies', now)
    for (const { domain, recordId } of this.database.policiesFetchedBefore(now - refreshAfterMs, refreshedAtOnce)) {
      if (signal.aborted) return
      await this.fetch(domain, recordId, signal).catch((error: unknown) => {
        if (!(error instanceof PolicyFetchError)) throw error
      })
    }
  }

  private async find(domain: string): Promise<StsState> {
    const state = await this.currentState(domain)
    if (state.failure) this.onFailure(domain, state.failure)
    const holdsFor = Math.min(recheckMs, Math.max(shortestHoldMs, (state.policy?.maxAge ?? Infinity) * 1_000))
    this.remembered.set(domain, { until: elapsedMs() + holdsFor, state })
    return state
  }

  private async currentState(domain: string): Promise<StsState> {
    const held = this.held(domain)
    let recordId: string | null
    try {
      recordId = stsRecordId((await this.resolver.resolveTxt(`_mta-sts.${domain}`)).records)
    } catch (error) {
      if ((error as { code?: string }).code !== 'ENOTFOUND') return { ...stateOf(held), failure: noRecord }
      recordId = null
    }
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

  /** Mail does not wait for this disk: what cannot be read is fetched anew, what cannot be written holds while it is remembered. */
  private held(domain: string): StoredPolicy | null {
    try {
      const stored = this.database.policy(domain)
      return stored && stored.expiresAt > Date.now() ? stored : null
    } catch (error) {
      this.logger.error({ err: error, domain }, 'the MTA-STS policies that were kept cannot be read')
      return null
    }
  }

  private async fetch(domain: string, recordId: string, signal?: AbortSignal): Promise<StsPolicy> {
    const policy = await fetchStsPolicy(domain, this.fetchOptions, signal)
    const fetchedAt = Date.now()
    const expiresAt = fetchedAt + policy.maxAge * 1_000
    const stored: StoredPolicy = { domain, recordId, policy: JSON.stringify(policy), fetchedAt, expiresAt }
    await this.database.write('keepPolicy', stored).catch((error: unknown) => {
      this.logger.error({ err: error, domain }, 'an MTA-STS policy cannot be kept')
    })
    return policy
  }
}

const noRecord: TlsFailure = { type: 'sts-policy-fetch-error', text: 'the TXT record cannot be looked up' }

const stateOf = (held: StoredPolicy | null): StsState => ({
  policy: held && (JSON.parse(held.policy) as StsPolicy),
  failure: null,
})
