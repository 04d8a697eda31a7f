/** The one place where failures become NO, BAD or BYE, with their response codes (RFC 3501 section 7.1, RFC 5530). */
import { StoreError, type StoreErrorCode } from '../store/mail-store.js'

/** Ends the command with a tagged NO or BAD; the session goes on. `text` is ASCII and meant for people. */
export class ImapError extends Error {
  override name = 'ImapError'
  constructor(
    readonly condition: 'NO' | 'BAD',
    readonly code: string | null,
    text: string,
  ) {
    super(text)
  }
}

export const bad = (text: string): ImapError => new ImapError('BAD', null, text)
export const no = (code: string | null, text: string): ImapError => new ImapError('NO', code, text)

/** Ends the session with an untagged BYE. */
export class Goodbye extends Error {
  override name = 'Goodbye'
  constructor(
    text: string,
    readonly code: string | null = null,
  ) {
    super(text)
  }
}

const storeFailures: Record<StoreErrorCode, [code: string, text: string]> = {
  OVER_QUOTA: ['OVERQUOTA', 'The account is over its quota'],
  NO_SUCH_MAILBOX: ['NONEXISTENT', 'No such mailbox'],
  NO_SUCH_MESSAGE: ['EXPUNGEISSUED', 'The message is gone'],
  MAILBOX_EXISTS: ['ALREADYEXISTS', 'The mailbox exists already'],
  INVALID_MAILBOX_NAME: ['CANNOT', 'That mailbox name cannot be used'],
  MAILBOX_HAS_CHILDREN: ['CANNOT', 'The mailbox has children'],
  NO_SUCH_ACCOUNT: ['UNAVAILABLE', 'The account is not available'],
  LIMIT_REACHED: ['LIMIT', 'A limit of this server is reached'],
  UNAVAILABLE: ['UNAVAILABLE', 'The mail store is not available now'],
}

/** Null for what nobody expected: that is for the log, and the client learns of SERVERBUG only. */
export function toImapError(error: unknown): ImapError | null {
  if (error instanceof ImapError) return error
  if (error instanceof StoreError) return no(...storeFailures[error.code])
  return null
}

/** RFC 3501 section 6.3.11: tells the client that CREATE would help. */
export function withTryCreate(error: unknown): unknown {
  return error instanceof StoreError && error.code === 'NO_SUCH_MAILBOX' ? no('TRYCREATE', 'No such mailbox') : error
}
