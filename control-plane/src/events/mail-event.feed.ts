/**
 * Events that the viewer may see, as they come in; at most 50 a second. Ranges of new rows wait, bounded, and the newest win:
 * a slow reader or a busy platform costs a few numbers, and what is sent is read when it is sent.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { AdminContext } from '../access/index.js'
import { changesOf, readNotices } from '../changes/index.js'
import { abortable } from '../platform/abortable.js'
import { forgetLoaded } from '../platform/loader.js'
import { Wake } from '../platform/wake.js'
import { eventChannel } from './channels.js'
import { parseRange, type EventRange } from './event-range.js'
import { readNewEvents } from './mail-event.queries.js'
import type { MailEvent, MailEventFilter } from './mail-event.types.js'

const maxPerSecond = 50
const maxRanges = 20
/** Between two reads, however few the events. */
const pauseMs = 100
/** A node that tells of last week is not live. */
const maxAgeMs = 3_600_000

const never = new AbortController().signal

export function newMailEvents(context: AdminContext, filter: MailEventFilter): AsyncGenerator<MailEvent, void, void> {
  const { notifications } = changesOf(context.database)
  let ranges: EventRange[] = []
  const wake = new Wake()
  const unsubscribe = notifications.on(eventChannel, (payload) => {
    if (payload === null) return
    const recent = Date.now() - maxAgeMs
    const told = readNotices(payload).map(parseRange)
    ranges = [...ranges, ...told.filter((range) => range !== null && range.maxAt > recent)].slice(
      -maxRanges,
    ) as EventRange[]
    wake.fire()
  })
  return abortable(
    async function* (signal) {
      while (!signal.aborted) {
        await wake.wait(signal, 60_000)
        const taken = ranges
        ranges = []
        if (signal.aborted || taken.length === 0) continue
        const recent = Date.now() - maxAgeMs
        const bounded = taken.map((range) => ({ ...range, minAt: Math.max(range.minAt, recent) }))
        const events = await readNewEvents(context, filter, bounded, maxPerSecond)
        for (const event of events) {
          if (signal.aborted) return
          forgetLoaded(context)
          yield event
        }
        const pause = Math.max(pauseMs, (events.length / maxPerSecond) * 1_000)
        await sleep(pause, undefined, { signal }).catch(() => undefined)
      }
    },
    never,
    unsubscribe,
  )
}
