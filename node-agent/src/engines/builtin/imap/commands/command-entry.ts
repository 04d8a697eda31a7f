/** The shape of the command table's rows. */
import type { ArgumentCursor } from '../codec/argument-cursor.js'
import type { Session } from '../session.js'

export type SessionState = 'notAuthenticated' | 'authenticated' | 'selected'

/** What the tagged OK says beyond `<command> completed`. */
export interface Completion {
  code?: string
  text?: string
}

export interface CommandEntry {
  name: string
  states: readonly SessionState[]
  /** What announces the command; none where RFC 3501 itself has it. */
  capability?: string
  /** RFC 3501 section 7.4.1: no EXPUNGE while these are answered, as they carry sequence numbers. */
  keepsNumbering?: true
  /** Asks the store for news even where it has told of none. */
  refreshes?: true
  /** Reads all its arguments and calls `end` before it changes anything. */
  handler(session: Session, args: ArgumentCursor): Promise<Completion | void>
}

export const anyState: readonly SessionState[] = ['notAuthenticated', 'authenticated', 'selected']
export const signedIn: readonly SessionState[] = ['authenticated', 'selected']
export const selectedOnly: readonly SessionState[] = ['selected']
export const signedOut: readonly SessionState[] = ['notAuthenticated']
