/**
 * Who is tried next, in memory: the database holds what must last, this holds the order.
 *
 * Recipients wait in the lane of their destination. New ones go before those that failed before, but every fourth turn is an old
 * one's; new ones of several domains here take turns, so that one customer's bulk mail does not keep another's; a lane runs as many attempts at once as its host has shown it can take; old mail never holds all the slots, so that ten
 * thousand messages for a dead host delay nobody else's.
 */
import type { Target } from './attempt.js'
import { DueHeap } from './due-heap.js'
import { TurnLine } from './turn-line.js'

export interface Waiting {
  recipientId: number
  entryId: number
  address: string
  domainId: string
  mailboxId: string | null
  attempt: number
  dueAt: number
  queuedAt: number
  lastReply: string | null
  /** `held`: in no lane, until `release` finds that nothing holds it any more. */
  state: 'waiting' | 'held' | 'trying' | 'gone'
}

export interface ScheduleLimits {
  maxConcurrent: number
  maxPerDestination: number
}

/** Of RFC 5321's hundred recipients that any host must take (section 4.5.3.1.8). */
const maxRecipientsPerAttempt = 100
const initialWindow = 5
const olderShare = 0.6

export function groupByEntry(items: Iterable<Waiting>): Map<number, Waiting[]> {
  const entries = new Map<number, Waiting[]>()
  for (const item of items) {
    const some = entries.get(item.entryId)
    if (some) some.push(item)
    else entries.set(item.entryId, [item])
  }
  return entries
}

export class Lane {
  /** By the domain here on whose behalf it is sent. */
  readonly fresh = new TurnLine<Waiting>()
  readonly older = new DueHeap<Waiting>()
  active = 0
  window = initialWindow
  holdUntil = 0
  failures = 0
  sinceOlder = 0
  constructor(
    readonly key: string,
    readonly target: Target,
  ) {}
}

export interface Picked {
  lane: Lane
  items: Waiting[]
  older: boolean
}

export class Schedule {
  private readonly lanes = new Map<string, Lane>()
  private readonly byEntry = new Map<number, Set<Waiting>>()
  private readonly held = new Set<Waiting>()
  /** Lanes that may have something to do, in turn. */
  private readonly ready = new Set<Lane>()
  private active = 0
  private activeOlder = 0

  constructor(
    private readonly limits: ScheduleLimits,
    private readonly targetOf: (address: string) => { key: string; target: Target },
    private readonly isHeld: (item: Waiting) => boolean = () => false,
  ) {}

  get messages(): number {
    return this.byEntry.size
  }

  get attempts(): number {
    return this.active
  }

  entry(entryId: number): Waiting[] {
    return [...(this.byEntry.get(entryId) ?? [])]
  }

  *items(): Iterable<Waiting> {
    for (const items of this.byEntry.values()) yield* items
  }

  *waiting(): Iterable<Waiting> {
    for (const item of this.items()) if (item.state === 'waiting') yield item
  }

  /** When the oldest message was queued; entries are in no order of time, since old ones come back into line. */
  oldest(): number | null {
    let oldest: number | null = null
    for (const items of this.byEntry.values())
      for (const { queuedAt } of items) if (oldest === null || queuedAt < oldest) oldest = queuedAt
    return oldest
  }

  add(item: Waiting): void {
    const entry = this.byEntry.get(item.entryId)
    if (entry) entry.add(item)
    else this.byEntry.set(item.entryId, new Set([item]))
    this.enqueue(item)
  }

  /** Back in line after an attempt that failed for now. A new object: the old one may still lie in a lane, under its old time. */
  retry(item: Waiting, changes: Pick<Waiting, 'attempt' | 'dueAt' | 'lastReply'>): void {
    this.remove(item)
    this.add({ ...item, ...changes, state: 'waiting' })
  }

  /** Due now, and what keeps its destination waiting is forgotten. */
  hurry(item: Waiting, now: number): void {
    this.laneOf(item.address).holdUntil = 0
    if (item.state === 'held') item.dueAt = Math.min(item.dueAt, now)
    else if (item.attempt > 0 && item.dueAt > now) this.retry(item, { ...item, dueAt: now })
    else this.ready.add(this.laneOf(item.address))
  }

  /** After a hold has ended: whatever no other one holds is in line again, and due anew, however old it grew meanwhile. */
  release(now: number): void {
    for (const item of this.held) {
      if (this.isHeld(item)) continue
      this.held.delete(item)
      item.state = 'waiting'
      item.dueAt = Math.max(item.dueAt, now)
      this.enqueue(item)
    }
  }

  private enqueue(item: Waiting): void {
    const lane = this.laneOf(item.address)
    if (item.attempt === 0) lane.fresh.push(item.domainId, item)
    else lane.older.push(item)
    this.ready.add(lane)
  }

  remove(item: Waiting): void {
    item.state = 'gone'
    this.held.delete(item)
    const entry = this.byEntry.get(item.entryId)
    entry?.delete(item)
    if (entry?.size === 0) this.byEntry.delete(item.entryId)
  }

  /** After the routes have changed: every one into the lane that is right now. */
  rearrange(): void {
    this.lanes.clear()
    this.ready.clear()
    for (const item of this.waiting()) this.enqueue(item)
  }

  /** Called now and then: finds lanes whose time has come. */
  wake(now: number): void {
    for (const lane of this.lanes.values()) {
      const due = lane.older.peek()
      if (!lane.fresh.empty || (due !== undefined && due.dueAt <= now)) this.ready.add(lane)
      else if (lane.active === 0 && due === undefined && lane.holdUntil <= now) this.lanes.delete(lane.key)
    }
  }

  /** The next attempt, or null when none may start now. The caller reports its end to `finished`. */
  next(now: number): Picked | null {
    for (const lane of this.ready) {
      if (this.active >= this.limits.maxConcurrent) return null
      const first = lane.active < lane.window && lane.holdUntil <= now ? this.take(lane, now) : undefined
      if (first === undefined) {
        this.ready.delete(lane)
        continue
      }
      // To the end of the line of lanes.
      this.ready.delete(lane)
      this.ready.add(lane)
      const older = first.attempt > 0
      const items = this.companions(first, lane, now)
      for (const item of items) item.state = 'trying'
      lane.active++
      this.active++
      if (older) this.activeOlder++
      return { lane, items, older }
    }
    return null
  }

  finished({ lane, older }: Picked, unreachable: boolean, now: number, holdFor: (failures: number) => number): void {
    lane.active--
    this.active--
    if (older) this.activeOlder--
    if (!unreachable) {
      lane.failures = 0
      lane.window = Math.min(lane.window + 1, this.limits.maxPerDestination)
    } else if (lane.holdUntil <= now) {
      // Attempts that ran side by side are one piece of news.
      lane.window = Math.max(1, Math.floor(lane.window / 2))
      lane.holdUntil = now + holdFor(lane.failures++)
    }
    if (this.lanes.get(lane.key) === lane) this.ready.add(lane)
  }

  private take(lane: Lane, now: number): Waiting | undefined {
    const fresh = lane.sinceOlder < 3 ? this.takeFresh(lane) : undefined
    if (fresh) {
      lane.sinceOlder++
      return fresh
    }
    const older = this.takeOlder(lane, now)
    if (older) lane.sinceOlder = 0
    return older ?? this.takeFresh(lane)
  }

  private takeFresh(lane: Lane): Waiting | undefined {
    return lane.fresh.take((item) => item.state === 'waiting' && !this.holdsBack(item))
  }

  private takeOlder(lane: Lane, now: number): Waiting | undefined {
    if (this.activeOlder >= this.limits.maxConcurrent * olderShare) return undefined
    for (let item = lane.older.peek(); item !== undefined; item = lane.older.peek()) {
      if (item.state === 'waiting' && item.dueAt > now) return undefined
      lane.older.pop()
      if (item.state === 'waiting' && !this.holdsBack(item)) return item
    }
    return undefined
  }

  /** It has left its lane, and comes back when it is released. */
  private holdsBack(item: Waiting): boolean {
    if (!this.isHeld(item)) return false
    item.state = 'held'
    this.held.add(item)
    return true
  }

  /** The other recipients of the same message that go the same way and are due: one transaction serves them. */
  private companions(first: Waiting, lane: Lane, now: number): Waiting[] {
    const items = [first]
    for (const item of this.byEntry.get(first.entryId) ?? []) {
      if (items.length >= maxRecipientsPerAttempt) break
      if (item === first || item.state !== 'waiting' || item.dueAt > now || this.isHeld(item)) continue
      if (this.targetOf(item.address).key === lane.key) items.push(item)
    }
    return items
  }

  private laneOf(address: string): Lane {
    const { key, target } = this.targetOf(address)
    const known = this.lanes.get(key)
    if (known) return known
    const lane = new Lane(key, target)
    this.lanes.set(key, lane)
    return lane
  }
}
