/** Where a batch of events was stored: bounds of ids and of times (ms). A reader asks for both, and the index finds them. */
export interface EventRange {
  minId: number
  maxId: number
  minAt: number
  maxAt: number
}

export const formatRange = ({ minId, maxId, minAt, maxAt }: EventRange): string => `${minId}:${maxId}:${minAt}:${maxAt}`

export function parseRange(text: string): EventRange | null {
  const match = /^(\d{1,15}):(\d{1,15}):(\d{1,15}):(\d{1,15})$/.exec(text)
  if (!match) return null
  const [minId, maxId, minAt, maxAt] = match.slice(1).map(Number) as [number, number, number, number]
  return { minId, maxId, minAt, maxAt }
}
