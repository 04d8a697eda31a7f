/** DELE, RSET and NOOP (RFC 1939 section 5): marks are the session's alone until QUIT. */
import { messageNumber } from '../message-number.js'
import { ok, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export function dele({ maildrop }: Session, [number]: string[]): Reply {
  maildrop.markDeleted(messageNumber(number!))
  return ok('Marked for deletion')
}

export function rset({ maildrop }: Session): Reply {
  maildrop.unmarkAll()
  return ok('No message is marked')
}

export const noop = (): Reply => ok('Nothing done')
