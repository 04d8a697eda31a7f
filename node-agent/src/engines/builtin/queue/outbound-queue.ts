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

/** A recipient that was accepted with 250 and cannot be served after all. */
export interface FailedRecipient extends QueuedRecipient {
  /** Enhanced status code (RFC 3463), 5.x.x. */
  status: string
  /** What the sender may read; the remote server's reply where there is one. */
  diagnostic: string
  /** The host that refused it, or null where we did. */
  remoteHost: string | null
  replyCode?: number
}

export interface OutboundQueue {
  /** Resolves when the message survives a power cut. */
  enqueue(message: OutboundMessage): Promise<void>
  /**
   * Writes BOUNCED events and tells the sender by a delivery status notification (RFC 3464), unless the reverse-path is null.
   * Resolves when both survive a power cut.
   */
  bounce(message: Omit<OutboundMessage, 'recipients' | 'events'>, failed: FailedRecipient[]): Promise<void>
  size(): number
  start(): Promise<void>
  /** Lets running attempts end for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}
