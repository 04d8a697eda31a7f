/** The outbound queue's contract: what it took is tried until delivered or bounced, whatever dies meanwhile. */
import type { MailEvent } from '@mailfleet/schema'
import type { MessageContent } from '../message/message-content.js'
import type { MessageRequest, RecipientRequest, ReportedAction } from './notification-request.js'

export interface QueuedRecipient {
  address: string
  /** RCPT TO as the client gave it, for events and notifications. */
  originalRecipient?: string
  /** The domain here on whose behalf it is sent: events belong to its tenant. */
  domainId: string
  mailboxId?: string
  request?: RecipientRequest
}

export interface OutboundMessage {
  transactionId: string
  /** Empty for the null reverse-path. */
  reversePath: string
  recipients: QueuedRecipient[]
  content: MessageContent
  messageId: string | null
  subject: string
  request?: MessageRequest
  /** Written with the queue entry, in the same transaction. */
  events?: MailEvent[]
}

/** What became of a recipient that was accepted with 250. */
export interface ReportedRecipient extends QueuedRecipient {
  action: ReportedAction
  /** Enhanced status code (RFC 3463). */
  status: string
  /** What the sender may read; the remote server's reply where there is one. */
  diagnostic: string
  /** The host that said so, or null where we did. */
  remoteHost: string | null
  replyCode?: number
}

export interface OutboundQueue {
  /** Resolves when the message survives a power cut. */
  enqueue(message: OutboundMessage): Promise<void>
  /**
   * Writes BOUNCED events of what failed and tells the sender by a delivery status notification (RFC 3464) of what the sender wants to
   * hear, unless the reverse-path is null. Resolves when both survive a power cut.
   */
  report(message: Omit<OutboundMessage, 'recipients' | 'events'>, recipients: ReportedRecipient[]): Promise<void>
  size(): number
  /** Attempts that are under way. */
  attempts(): number
  /** How long the oldest message has waited; looks at all of them. */
  oldestMs(): number
  start(): Promise<void>
  /** Lets running attempts end for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}
