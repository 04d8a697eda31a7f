/**
 * The next step of a key, from what DNS says and from how long it has been what it is. A pure function: what is done is in rotation.ts.
 *
 * Invariants: a key signs only after DNS had its record, and no longer than a minute after DNS says twice that it is not there; that
 * DNS gave no answer changes nothing; a record is called unnecessary only when no message that was signed with it can be under way.
 */
import type { DkimKeyState, DkimRecordStatus } from './dkim-key.entity.js'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** In which the new key and the old one both sign: what caches of DNS may still deny of the new one. */
export const overlapMs = day

export interface KeyLife {
  state: DkimKeyState
  /** How long it has been in that state. */
  ageMs: number
  /** Since when DNS says that its record is not there, or null. */
  missingMs: number | null
  /** How long a newer key of its algorithm has been signing, or null. */
  overtakenMs: number | null
  /** The longest that its node keeps a message in the queue. */
  maxQueueMs: number
}

export interface KeyStep {
  state: DkimKeyState
  missing: boolean
  /** Until the next look; null: none. */
  nextMs: number | null
}

const clamp = (least: number, value: number, most: number): number => Math.max(least, Math.min(value, most))

export function nextStep(key: KeyLife, record: DkimRecordStatus): KeyStep {
  const denied = record === 'MISSING' || record === 'WRONG'
  const stay = (nextMs: number | null): KeyStep => ({ state: key.state, missing: false, nextMs })
  switch (key.state) {
    case 'PUBLISHED':
      if (record === 'FOUND') return { state: 'SIGNING', missing: false, nextMs: hour }
      // Somebody may be waiting before the console; whoever has not done it for a day will take another hour.
      return stay(clamp(15_000, key.ageMs / 10, hour))
    case 'SIGNING':
      if (denied) {
        if (key.missingMs === null) return { state: 'SIGNING', missing: true, nextMs: minute }
        if (key.missingMs >= minute) return { state: 'PUBLISHED', missing: false, nextMs: minute }
        return { state: 'SIGNING', missing: true, nextMs: minute - key.missingMs }
      }
      if (key.overtakenMs !== null && key.overtakenMs >= overlapMs)
        return { state: 'RETIRING', missing: false, nextMs: day }
      return stay(record === 'FOUND' ? hour : 5 * minute)
    case 'RETIRING': {
      // Beyond the queue's age: hosts on the way have queues as well, and readers look at signatures again.
      const restMs = key.maxQueueMs + 2 * day - key.ageMs
      return restMs <= 0 ? { state: 'RETIRED', missing: false, nextMs: day } : stay(clamp(minute, restMs, day))
    }
    case 'RETIRED':
    case 'REVOKED':
      // Looked at for as long as there is something to remove.
      return stay(record === 'MISSING' && key.ageMs > day ? null : clamp(15_000, key.ageMs / 10, day))
  }
}
