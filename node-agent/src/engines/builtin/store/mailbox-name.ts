/** Mailbox names: UTF-8 in NFC, `/` between levels, INBOX in capitals. Two spellings of one name give one result. */
import { StoreError } from './mail-store.js'

export const maxNameOctets = 512
export const maxNameLevels = 32

/** Throws INVALID_MAILBOX_NAME. */
export function normalizeMailboxName(name: string): string {
  const normal = name.normalize('NFC')
  const levels = normal.split('/')
  if (levels.some((level) => level === '')) throw invalid('a level of the name is empty')
  if (/[\p{Control}\p{Surrogate}\u2028\u2029]/u.test(normal)) throw invalid('the name holds a control character')
  if (levels.length > maxNameLevels) throw invalid(`the name has more than ${maxNameLevels} levels`)
  if (Buffer.byteLength(normal) > maxNameOctets) throw invalid(`the name is longer than ${maxNameOctets} octets`)
  // RFC 3501 section 5.1: INBOX is case-insensitive, its children's first level too.
  if (levels[0]!.toUpperCase() === 'INBOX') levels[0] = 'INBOX'
  return levels.join('/')
}

/** Names of the levels above, outermost first. */
export function ancestorsOf(name: string): string[] {
  const levels = name.split('/')
  return levels.slice(1).map((_, depth) => levels.slice(0, depth + 1).join('/'))
}

const invalid = (message: string) => new StoreError('INVALID_MAILBOX_NAME', message)
