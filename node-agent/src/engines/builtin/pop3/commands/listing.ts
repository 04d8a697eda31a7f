/** STAT, LIST and UIDL (RFC 1939 sections 5 and 7): all of the maildrop as it was at sign-in. */
import { messageNumber } from '../message-number.js'
import { lines, ok, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export function stat({ maildrop }: Session): Reply {
  const { messages, size } = maildrop.totals()
  return ok(`${messages} ${size}`)
}

export function list({ maildrop }: Session, [number]: string[]): Reply {
  if (number !== undefined) {
    const message = maildrop.message(messageNumber(number))
    return ok(`${message.number} ${message.size}`)
  }
  const { messages, size } = maildrop.totals()
  return ok(
    `${messages} messages (${size} octets)`,
    lines(maildrop.list().map((message) => `${message.number} ${message.size}`)),
  )
}

export function uidl({ maildrop }: Session, [number]: string[]): Reply {
  if (number !== undefined) {
    const message = maildrop.message(messageNumber(number))
    return ok(`${message.number} ${message.uniqueId}`)
  }
  return ok('Unique ids follow', lines(maildrop.list().map((message) => `${message.number} ${message.uniqueId}`)))
}
