/** The outbound queue's contract: what it took is tried until delivered or bounced, whatever dies meanwhile. */
import type { MailEvent } from '@mailfleet/schema'
import type { MessageContent } from '../message/message-content.js'

export interface QueuedRecipient {
  address: string
  /** RCPT TO as the client gave it, for the DSN (RFC 3461 ORCPT). */
  originalRecipient?: string
  /** The domain here on whose behalf it is sent: events belong to its tenant. */
  domainId: string
  mailboxId?: string
}

export interface OutboundMessage {
  transactionId: string
  /** Empty for the null reverse-path. */
  reversePath: string
  recipients: QueuedRecipient[]
  content: MessageContent
  messageId: string | null
  subject: string
  /** Written with the queue entry, in the same transaction. */
  events?: MailEvent[]
}

export interface OutboundQueue {
  /** Resolves when the message survives a power cut. */
  enqueue(message: OutboundMessage): Promise<void>
  size(): number
  start(): Promise<void>
  /** Lets running attempts end for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}
