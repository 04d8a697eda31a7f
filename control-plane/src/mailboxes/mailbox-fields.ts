/** Checks of a mailbox's own fields. */
import { invalidInput } from '../platform/errors.js'
import { isGiven } from '../platform/is-given.js'
import { requireText } from '../platform/input.js'

const maxMailboxName = 200

export const requireMailboxName = (name: string): string => requireText(name, ['name'], maxMailboxName)

export function requireQuota(quotaBytes: number | null | undefined): number | null | undefined {
  if (isGiven(quotaBytes) && quotaBytes < 0) throw invalidInput(['quotaBytes'], 'A quota cannot be negative.')
  return quotaBytes
}
