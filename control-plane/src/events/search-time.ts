/** How long a search of the mail log may take, and what is said where it does not suffice: what is asked for decides, not luck. */
import { ExpectedError } from '../platform/errors.js'

export const searchTimeoutMs = 10_000

/** query_canceled */
const wasCancelled = (error: unknown): boolean => (error as { code?: unknown }).code === '57014'

export async function inTime<T>(search: () => Promise<T>): Promise<T> {
  try {
    return await search()
  } catch (error) {
    throw wasCancelled(error)
      ? new ExpectedError('SEARCH_TIMED_OUT', { params: { seconds: searchTimeoutMs / 1_000 } })
      : error
  }
}
