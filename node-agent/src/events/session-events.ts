/**
 * SESSION events: of each client network, protocol and kind of encryption one a minute, which stands for all since the last. Sessions of
 * a network that stays away for a quarter of an hour afterwards are told of in none: a sample, not an account.
 */
import { clientNetwork, type MailEvent } from '@mailfleet/schema'
import { BoundedMap } from '../engines/builtin/net/bounded-map.js'
import { PerMinute } from '../engines/builtin/net/per-minute.js'
import type { EventSink } from './event-sink.js'

const minuteMs = 60_000
const keptMs = 15 * minuteMs
const maxKeys = 20_000
/** Of all networks together: an attack from everywhere must not fill the log. */
const maxPerMinute = 600

interface Ended {
  remoteIp: string
  tlsDescription: string | null
}

export function sessionEvents(
  events: EventSink,
  protocol: NonNullable<MailEvent['protocol']>,
  clock: () => number = Date.now,
): (connection: Ended, durationMs: number) => void {
  const waiting = new BoundedMap<{ sessions: number; tellAt: number; until: number }>(maxKeys, clock)
  const told = new PerMinute(clock)
  return ({ remoteIp, tlsDescription: tls }, durationMs) => {
    const now = clock()
    const key = `${clientNetwork(remoteIp)} ${tls ?? ''}`
    const tally = waiting.get(key) ?? { sessions: 0, tellAt: now, until: 0 }
    tally.sessions += 1
    tally.until = now + keptMs
    if (now >= tally.tellAt && told.within('all', maxPerMinute)) {
      events.emit({
        type: 'SESSION',
        at: now,
        protocol,
        remoteIp: remoteIp.slice(0, 45),
        tls: tls?.slice(0, 64) ?? null,
        sessions: Math.min(tally.sessions, 1_000_000),
        durationMs: Math.max(0, Math.round(durationMs)),
      })
      tally.sessions = 0
      tally.tellAt = now + minuteMs
    }
    waiting.set(key, tally)
  }
}
