/** When the next try is due: each time three times as long, up to four hours, for a day; never all at the same moment. */
const firstMs = 10_000
const longestMs = 4 * 3_600_000
const jitter = 0.25

/** `tries`: those before. `retryAfter`: what the receiver asked for, in seconds. */
export function delayBefore(tries: number, retryAfter: number | null, random = Math.random()): number {
  const planned = Math.min(firstMs * 3 ** (tries - 1), longestMs)
  const spread = planned * (1 + jitter * (2 * random - 1))
  return Math.round(Math.min(Math.max(spread, (retryAfter ?? 0) * 1_000), longestMs))
}

/** Seconds, of either form (RFC 9110 section 10.2.3); null for what is neither. */
export function parseRetryAfter(header: string | undefined, now = Date.now()): number | null {
  if (header === undefined) return null
  if (/^\d{1,9}$/.test(header)) return Number(header)
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1_000))
}
