/** The trace fields that we add (RFC 5321 section 4.4). */
import { isIPv6 } from 'node:net'
import { dateTime } from '../message/date-time.js'
import type { Transaction } from './transaction.js'

/** RFC 6531 section 4.3: the protocol names of transactions with SMTPUTF8. */
const protocolName = ({ transmission, smtpUtf8 }: Transaction): string =>
  smtpUtf8 ? transmission.replace(/^ESMTP/, 'UTF8SMTP') : transmission

/** A HELO name is whatever a stranger sent: in a field it must not be more than one word. */
const word = (name: string): string => name.replace(/[^\w.:[\]-]/g, '?').slice(0, 255) || 'unknown'
const literal = (ip: string): string => (isIPv6(ip) ? `[IPv6:${ip}]` : `[${ip}]`)

/**
 * Received. Of a message submitted here it does not tell the client's address and name: they would only serve whoever wants to find
 * the sender's place (RFC 8601 has the result of the sign-in, the log has the rest).
 */
export function receivedField(transaction: Transaction, hostName: string, at: Date): string {
  const { submitter, recipients, remoteIp, heloName, tls, id } = transaction
  const from = submitter ? '' : `from ${word(heloName)} (${literal(remoteIp)})\r\n\t`
  const [only] = recipients.size === 1 ? recipients.keys() : []
  const cipher = tls ? ` (${tls})` : ''
  const recipient = only === undefined ? '' : `\r\n\tfor <${only}>`
  return `Received: ${from}by ${hostName} with ${protocolName(transaction)}${cipher}\r\n\tid ${id}${recipient};\r\n\t${dateTime(at)}\r\n`
}

/** What the final delivery adds, for one mailbox alone. */
export const deliveryPrefix = (reversePath: string, address: string): Buffer =>
  Buffer.from(`Return-Path: <${reversePath}>\r\nDelivered-To: ${address}\r\n`)
