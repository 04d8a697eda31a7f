/**
 * Counts failed sign-ins over all protocols, by client network and by login, and bans for a while who fails too often. What is counted
 * here holds at once; what fails on many nodes, or for long, the control plane counts, and bans on all nodes (`Ban`).
 *
 * A ban by login would let anybody lock out a stranger: networks from which that login has lately signed in are exempt from
 * it. The counters are ours and not rate-limiter-flexible's in-memory ones, since those keep a timer and a record for every
 * key that an attacker can make up, without a bound.
 */
import { clientNetwork } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import { BoundedMap } from '../net/bounded-map.js'

export interface ThrottlePolicy {
  failuresByNetwork: number
  failuresByLogin: number
  /** Failures are counted within this time from the first one. */
  windowMs: number
  banMs: number
}

const standardPolicy: ThrottlePolicy = {
  failuresByNetwork: 30,
  failuresByLogin: 50,
  windowMs: 10 * 60_000,
  banMs: 10 * 60_000,
}

const maxCounters = 100_000
const knownForMs = 30 * 86_400_000

interface Counter {
  failures: number
  until: number
}

export class Throttle {
  private readonly counters: BoundedMap<Counter>
  private readonly known: BoundedMap<{ until: number }>

  constructor(
    private readonly clock: () => number,
    private readonly fleet: Pick<Directory, 'banOf'>,
    private readonly policy: ThrottlePolicy = standardPolicy,
  ) {
    this.counters = new BoundedMap(maxCounters, clock)
    this.known = new BoundedMap(maxCounters, clock)
  }

  /** A ban of the whole fleet. */
  bannedEverywhere(remoteIp: string): boolean {
    return (this.fleet.banOf(clientNetwork(remoteIp))?.until ?? 0) > this.clock()
  }

  banned(login: string, remoteIp: string): boolean {
    const network = clientNetwork(remoteIp)
    if (this.over(`network ${network}`, this.policy.failuresByNetwork)) return true
    return (
      this.over(`login ${login}`, this.policy.failuresByLogin) && this.known.get(`${network} ${login}`) === undefined
    )
  }

  failed(login: string, remoteIp: string): void {
    this.count(`network ${clientNetwork(remoteIp)}`, this.policy.failuresByNetwork)
    this.count(`login ${login}`, this.policy.failuresByLogin)
  }

  /**
   * The network's count stays: an attacker with one good account could clear it at will. The login's goes, since its owner
   * is there.
   */
  succeeded(login: string, remoteIp: string): void {
    this.counters.delete(`login ${login}`)
    this.known.set(`${clientNetwork(remoteIp)} ${login}`, { until: this.clock() + knownForMs })
  }

  private over(key: string, limit: number): boolean {
    return (this.counters.get(key)?.failures ?? 0) >= limit
  }

  private count(key: string, limit: number): void {
    const counter = this.counters.get(key) ?? { failures: 0, until: this.clock() + this.policy.windowMs }
    counter.failures += 1
    if (counter.failures === limit) counter.until = this.clock() + this.policy.banMs
    this.counters.set(key, counter)
  }
}
