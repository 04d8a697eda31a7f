/** The delivery status notification: multipart/report (RFC 3462) with message/delivery-status (RFC 3464). */
import { randomUUID } from 'node:crypto'
import { headerEnd } from '../message/header-section.js'
import { dateTime } from '../message/date-time.js'
import { decodeXtext } from './notification-request.js'
import type { MessageRequest, ReportedAction } from './notification-request.js'
import type { ReportedRecipient } from './outbound-queue.js'

export interface NotificationInput {
  hostName: string
  /** The sender of the original. */
  to: string
  /** The SMTP transaction of the original, as in its Received field. */
  transactionId: string
  request: MessageRequest | null
  /** At least one. */
  reported: ReportedRecipient[]
  /** The beginning of the original, with at least its header section. */
  original: Buffer
  /** Whether that is all of it. */
  complete: boolean
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
  request,
  reported,
  original,
  complete,
  at,
}: NotificationInput): Notification {
  const boundary = `report-${randomUUID()}`
  const messageId = `${randomUUID()}@${hostName}`
  const { subject, text } = wordsFor(reported)
  // RFC 3461 section 4.3: RET is about failures, and a server may return less.
  // RFC 8689 section 5: nor may what was to be carried safely go back as a whole.
  const returnable = complete && request?.tls !== 'REQUIRED'
  const whole = request?.ret === 'FULL' && returnable && reported.some(({ action }) => action === 'failed')
  const returned = whole ? original : returnedHeader(original)
  const status = [
    `Reporting-MTA: dns; ${hostName}`,
    ...(request?.envelopeId ? [`Original-Envelope-Id: ${oneLine(decodeXtext(request.envelopeId))}`] : []),
    `X-Mailfleet-Transaction: ${oneLine(transactionId)}`,
    ...reported.flatMap((recipient) => ['', ...recipientFields(recipient)]),
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
    text,
    '',
    ...reported.flatMap((recipient) => [
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
    whole ? 'Content-Type: message/rfc822' : 'Content-Type: text/rfc822-headers; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
  ]
  const octets = Buffer.concat([
    Buffer.from(`${lines.join('\r\n')}\r\n`),
    returned,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ])
  return { octets, messageId, subject }
}

const words: Record<ReportedAction, { subject: string; text: string }> = {
  failed: {
    subject: 'Undelivered mail: message could not be delivered',
    text: 'Your message could not be delivered to the following recipients. It will not be tried again.',
  },
  delayed: {
    subject: 'Delayed mail: message is still being tried',
    text: 'Your message has not yet been delivered to the following recipients. It is tried again; you need do nothing.',
  },
  relayed: {
    subject: 'Relayed mail: message was handed on',
    text: 'Your message was handed on for the following recipients, to a server that reports nothing further.',
  },
  expanded: {
    subject: 'Delivered mail: message was sent on',
    text: 'Your message was sent on to the addresses behind the following recipients.',
  },
  delivered: {
    subject: 'Delivered mail: message has arrived',
    text: 'Your message was delivered to the following recipients.',
  },
}

/** Of several things the worst is said first. */
function wordsFor(reported: ReportedRecipient[]): { subject: string; text: string } {
  const actions = [...new Set(reported.map(({ action }) => action))]
  const order = Object.keys(words) as ReportedAction[]
  const worst = order.find((action) => actions.includes(action))!
  return actions.length === 1
    ? words[worst]
    : { subject: words[worst].subject, text: 'This is what became of your message, recipient by recipient.' }
}

/** The address that the sender wrote to; what it was forwarded to is not the sender's business. */
const shownAddress = ({ originalRecipient, address }: ReportedRecipient): string => originalRecipient ?? address

/** As the sender named it (RFC 3461 section 5.2.7), else as it came to us. */
function originalOf(recipient: ReportedRecipient): string {
  const [, type, xtext] = /^([^;]+);(.+)$/s.exec(recipient.request?.originalRecipient ?? '') ?? []
  return type && xtext ? `${type}; ${oneLine(decodeXtext(xtext))}` : typed(shownAddress(recipient))
}

function recipientFields(recipient: ReportedRecipient): string[] {
  const { action, status, diagnostic, remoteHost } = recipient
  return [
    `Original-Recipient: ${originalOf(recipient)}`,
    `Final-Recipient: ${typed(shownAddress(recipient))}`,
    `Action: ${action}`,
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
