/** Where a batch of events was stored: bounds of ids and of times (ms). A reader asks for both, and the index finds them. */
import { isId } from '../platform/ids.js'

export interface EventRange {
  minId: string
  maxId: string
  minAt: number
  maxAt: number
}

export const formatRange = ({ minId, maxId, minAt, maxAt }: EventRange): string =>
  [minId, maxId, minAt, maxAt].join(':')

export function parseRange(text: string): EventRange | null {
  const [minId = '', maxId = '', from = '', to = '', ...rest] = text.split(':')
  const isTime = (part: string): boolean => /^\d{1,15}$/.test(part)
  if (rest.length > 0 || !isId(minId) || !isId(maxId) || !isTime(from) || !isTime(to)) return null
  return { minId, maxId, minAt: Number(from), maxAt: Number(to) }
}
