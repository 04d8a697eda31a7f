/** The API tells of minutes, hours or days that have events; a chart shows those without, too. */
export type BucketUnit = 'MINUTE' | 'HOUR' | 'DAY'
interface Bucket {
  start: string
  count: number
}

const lengths: Record<BucketUnit, number> = { MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 }
const most = 400

/** Days may have 23 or 25 hours: what lies nearest to the next step is that step. */
export function fillBuckets(unit: BucketUnit, buckets: readonly Bucket[]): Bucket[] {
  const filled: Bucket[] = []
  for (const bucket of buckets) {
    const before = filled.at(-1)
    const gap = before ? Math.round((Date.parse(bucket.start) - Date.parse(before.start)) / lengths[unit]) : 1
    for (let step = 1; before && step < gap && step < most; step++)
      filled.push({ start: new Date(Date.parse(before.start) + step * lengths[unit]).toISOString(), count: 0 })
    filled.push(bucket)
  }
  return filled.slice(-most)
}
