/** The buckets of several counts on one axis: hours of a day, days of a week, in the viewer's own zone. */
export const spans = { day: { bars: 24, step: 'hour' }, week: { bars: 7, step: 'day' } } as const
export type Span = keyof typeof spans

/** Where the hour or day begins that a time lies in; the local clock decides, that of daylight saving too. */
function beginning(at: Date, step: 'hour' | 'day'): Date {
  const start = new Date(at)
  start.setMinutes(0, 0, 0)
  if (step === 'day') start.setHours(0)
  return start
}

/** The beginnings of all bars, the last one that of `now`. */
export function axis(span: Span, now: Date): Date[] {
  const { bars, step } = spans[span]
  const last = beginning(now, step)
  return Array.from({ length: bars }, (_, index) => {
    const back = bars - 1 - index
    const start = new Date(last)
    // Hours are all as long; days are not.
    if (step === 'hour') start.setTime(last.getTime() - back * 3_600_000)
    else start.setDate(last.getDate() - back)
    return start
  })
}

/** A count for each bar. The server's buckets may be finer than bars. */
export function barsOf(buckets: readonly { start: string; count: number }[], starts: readonly Date[]): number[] {
  const counts = starts.map(() => 0)
  for (const { start, count } of buckets) {
    const at = new Date(start).getTime()
    const index = starts.findLastIndex((bar) => bar.getTime() <= at)
    if (index >= 0) counts[index]! += count
  }
  return counts
}
