/** Counts what happens within a minute, by key, so that whoever makes it happen cannot fill the log. */
import { BoundedMap } from './bounded-map.js'

const minuteMs = 60_000
const maxKeys = 20_000

export class PerMinute {
  private readonly counts: BoundedMap<{ count: number; until: number }>

  constructor(private readonly clock: () => number) {
    this.counts = new BoundedMap(maxKeys, clock)
  }

  /** Counts one more; false above the limit. */
  within(key: string, limit: number): boolean {
    const counter = this.counts.get(key) ?? { count: 0, until: this.clock() + minuteMs }
    counter.count += 1
    this.counts.set(key, counter)
    return counter.count <= limit
  }
}
