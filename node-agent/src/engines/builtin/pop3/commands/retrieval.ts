/** RETR and TOP (RFC 1939 sections 5 and 7): the message is read as the client takes it, never held whole. */
import { topOfMessage, wholeMessage } from '../message-octets.js'
import { count, messageNumber } from '../message-number.js'
import { ok, type Reply } from '../reply.js'
import type { Session } from '../session.js'

export async function retr({ maildrop }: Session, [number]: string[]): Promise<Reply> {
  const reader = await maildrop.retrieve(messageNumber(number!))
  return ok(`${reader.size} octets`, { body: wholeMessage(reader), release: () => reader.close() })
}

export async function top({ maildrop }: Session, [number, bodyLines]: string[]): Promise<Reply> {
  const wanted = count(bodyLines!)
  const reader = await maildrop.retrieve(messageNumber(number!))
  return ok('The top follows', { body: topOfMessage(reader, wanted), release: () => reader.close() })
}
