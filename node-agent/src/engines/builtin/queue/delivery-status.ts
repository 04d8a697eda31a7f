/** The delivery status notification: multipart/report (RFC 3462) with message/delivery-status (RFC 3464). */
import { randomUUID } from 'node:crypto'
import { headerEnd } from '../message/header-section.js'
import { dateTime } from '../message/date-time.js'
import type { FailedRecipient } from './outbound-queue.js'

export interface NotificationInput {
  hostName: string
  /** The sender of the original. */
  to: string
  /** The SMTP transaction of the original, as in its Received field. */
  transactionId: string
  failed: FailedRecipient[]
  /** The beginning of the original, with at least its header section. */
  original: Buffer
  at: Date
}

/** Of a large header section this much goes back. */
const maxReturned = 64 * 1024

export interface Notification {
  octets: Buffer
  messageId: string
  subject: string
}

const isAscii = (text: string): boolean => !/[^\u0000-\u007f]/.test(text)
/** Values come from outside; none may begin another field. */

const oneLine = (text: string): string => text.replace(/[\u0000-\u001f\u007f]+/g, ' ').trim()
/** RFC 6533 section 3: the address type of internationalized addresses. */
const typed = (address: string): string => `${isAscii(address) ? 'rfc822' : 'utf-8'}; ${oneLine(address)}`

export function buildNotification({
  hostName,
  to,
  transactionId,
  failed,
  original,
  at,
}: NotificationInput): Notification {
  const boundary = `report-${randomUUID()}`
  const messageId = `${randomUUID()}@${hostName}`
  const subject = 'Undelivered mail: message could not be delivered'
  const header = returnedHeader(original)
  const status = [
    `Reporting-MTA: dns; ${hostName}`,
    `X-Mailfleet-Transaction: ${oneLine(transactionId)}`,
    ...failed.flatMap((recipient) => ['', ...recipientFields(recipient)]),
  ]
  const global = !status.every(isAscii)
  const lines = [
    `Date: ${dateTime(at)}`,
    `From: Mail Delivery System <mailer-daemon@${hostName}>`,
    `To: <${oneLine(to)}>`,
    `Subject: ${subject}`,
    `Message-ID: <${messageId}>`,
    'Auto-Submitted: auto-replied',
    'MIME-Version: 1.0',
    `Content-Type: multipart/report; report-type=${global ? 'global-delivery-status' : 'delivery-status'};`,
    `\tboundary="${boundary}"`,
    '',
    `--${boundary}`,
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `This is the mail system at ${hostName}.`,
    '',
    'Your message could not be delivered to the following recipients. It will not be tried again.',
    '',
    ...failed.flatMap((recipient) => [
      `  ${oneLine(shownAddress(recipient))}`,
      `    ${oneLine(recipient.diagnostic)}`,
      '',
    ]),
    `--${boundary}`,
    `Content-Type: message/${global ? 'global-delivery-status' : 'delivery-status'}`,
    ...(global ? ['Content-Transfer-Encoding: 8bit'] : []),
    '',
    ...status,
    '',
    `--${boundary}`,
    'Content-Type: text/rfc822-headers; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
  ]
  const octets = Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n`),
    header,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { octets, messageId, subject }
}

/** The address that the sender wrote to; what it was forwarded to is not the sender's business. */
const shownAddress = ({ originalRecipient, address }: FailedRecipient): string => originalRecipient ?? address

function recipientFields(recipient: FailedRecipient): string[] {
  const { status, diagnostic, remoteHost } = recipient
  return [
    `Original-Recipient: ${typed(shownAddress(recipient))}`,
    `Final-Recipient: ${typed(shownAddress(recipient))}`,
    'Action: failed',
    `Status: ${status}`,
    ...(remoteHost === null ? [] : [`Remote-MTA: dns; ${oneLine(remoteHost.replace(/:\d+$/, ''))}`]),
    `Diagnostic-Code: ${remoteHost === null ? 'X-Mailfleet' : 'smtp'}; ${oneLine(diagnostic)}`,
  ]
}

/** Whole lines only, so that the last one is not a torn field. */
function returnedHeader(original: Buffer): Buffer {
  const end = headerEnd(original)
  const section = original.subarray(0, end < 0 ? original.length : end - 2)
  return section.length <= maxReturned ? section : section.subarray(0, section.lastIndexOf(0x0a, maxReturned - 1) + 1)
}
