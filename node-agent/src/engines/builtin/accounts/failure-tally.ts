/**
 * Which failures are told of at once, and for how many one event stands: ten of a network in a minute each by itself, then one event each
 * time their number has doubled. None is lost to the count, and an attack of a million is told in thirty events.
 */
import { BoundedMap } from '../net/bounded-map.js'

const singly = 10
const minuteMs = 60_000
/** So long a network's untold failures wait for the next one. */
const keptMs = 15 * minuteMs
const maxNetworks = 20_000

interface Tally {
  pending: number
  told: number
  minuteEnds: number
  until: number
}

export class FailureTally {
  private readonly tallies: BoundedMap<Tally>

  /** `mayTell` is asked where an event is due, and bounds all networks together. */
  constructor(
    private readonly clock: () => number,
    private readonly mayTell: () => boolean,
  ) {
    this.tallies = new BoundedMap(maxNetworks, clock)
  }

  /** Counts one more. For how many an event is now due; 0: none yet. */
  count(network: string): number {
    const now = this.clock()
    const tally = this.tallies.get(network) ?? { pending: 0, told: 0, minuteEnds: now + minuteMs, until: 0 }
    if (tally.minuteEnds <= now) Object.assign(tally, { told: 0, minuteEnds: now + minuteMs })
    tally.until = now + keptMs
    tally.pending += 1
    this.tallies.set(network, tally)
    if ((tally.told >= singly && tally.pending < tally.told) || !this.mayTell()) return 0
    const failures = tally.pending
    tally.told += failures
    tally.pending = 0
    return failures
  }
}
