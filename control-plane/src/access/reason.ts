/**
 * Why somebody changes something, in a header of the request: it is kept with each entry that the request makes in the audit trail,
 * and shown with the revision. Header fields are ASCII (RFC 9110 section 5.5), so that other letters come percent-encoded, as UTF-8.
 */
import type { IncomingMessage } from 'node:http'
import { storableText } from '../platform/storable-text.js'

const maxLength = 500

/** Null where there is none. One that is not well formed is kept as it came: a change does not fail for its reason. */
export function reasonOf({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const given = headers['mailfleet-reason']
  if (typeof given !== 'string' || given.trim() === '') return null
  return (
    storableText(
      decoded(given.slice(0, maxLength * 12))
        .trim()
        .slice(0, maxLength),
    ) || null
  )
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
