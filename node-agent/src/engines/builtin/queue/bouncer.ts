/**
 * Tells senders of what became of their mail, as far as they want to hear (RFC 3461). Never a null sender: a bounce of a bounce would circle for ever (RFC 5321 section
 * 4.5.5). A sender of ours gets it into the mailbox, any other through the queue.
 */
import { open } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import type { Logger } from 'pino'
import type { MailEvent } from '@mailfleet/schema'
import { domainOf, normalizeAddress } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { MessageContent } from '../message/message-content.js'
import type { BodyStore } from './body-store.js'
import { buildNotification } from './delivery-status.js'
import { isWanted } from './notification-request.js'
import type { OutboundMessage, QueuedRecipient, ReportedRecipient } from './outbound-queue.js'
import type { NewEntry } from './queue-operations.js'

/**
 * Stores a message for an address of ours, durably, with `event` for each mailbox that gets it. Answers with the foreign addresses
 * that its forwards lead to. An address that takes no mail swallows it: nobody is left to tell.
 */
export type DeliverLocal = (
  content: MessageContent,
  reversePath: string,
  recipient: string,
  event: MailEvent,
) => Promise<QueuedRecipient[]>

export interface BouncerDeps {
  directory: Directory
  logger: Logger
  bodies: BodyStore
  deliverLocal: DeliverLocal
  wall(): number
}

type Bounced = Pick<OutboundMessage, 'transactionId' | 'reversePath' | 'messageId' | 'subject' | 'content' | 'request'>

/** Enough for any header section that we accept; what is larger never goes back as a whole. */
const maxOriginalRead = 256 * 1024

export class Bouncer {
  constructor(private readonly deps: BouncerDeps) {}

  event(
    message: Omit<Bounced, 'content'> & { content: { size: number } },
    failed: ReportedRecipient,
    attempt: number | null,
  ): MailEvent {
    const { reversePath, transactionId, messageId, subject, content } = message
    return {
      type: 'BOUNCED',
      at: Math.round(this.deps.wall()),
      transactionId,
      domainId: failed.domainId,
      mailboxId: failed.mailboxId ?? null,
      // A recipient whose mailbox is here was on its way in.
      direction: this.deps.directory.domain(domainOf(failed.address)) ? 'IN' : 'OUT',
      sender: (normalizeAddress(reversePath) ?? reversePath).slice(0, 320),
      recipient: failed.address,
      originalRecipient: failed.originalRecipient ?? null,
      messageId,
      subject,
      size: content.size,
      remoteHost: failed.remoteHost,
      replyCode: failed.replyCode ?? null,
      enhancedCode: failed.status,
      replyText: failed.diagnostic,
      attempt,
    }
  }

  /** Of a notification that goes out by the queue. */
  queuedEvents({ transactionId, messageId, subject, size, recipients }: NewEntry): MailEvent[] {
    const at = Math.round(this.deps.wall())
    const about = { transactionId, direction: 'OUT' as const, sender: '', messageId, subject, size }
    return recipients.map(({ address, domainId }) => ({ type: 'QUEUED', at, domainId, recipient: address, ...about }))
  }

  /** Delivers the notification to a sender of ours; answers with the entry to be queued for any other, or null. */
  async notify(message: Bounced, about: ReportedRecipient[]): Promise<NewEntry | null> {
    const wanted = about.filter(({ action, request }) => isWanted(action, request?.notify))
    if (wanted.length === 0) return null
    const { directory, logger, deliverLocal, wall } = this.deps
    const sender = normalizeAddress(message.reversePath)
    if (sender === null) {
      if (message.reversePath !== '') logger.warn({ transactionId: message.transactionId }, 'nobody to bounce to')
      return null
    }
    const { hostName } = directory.settings()
    const { transactionId } = message
    const original = await beginningOf(message.content)
    const at = new Date(wall())
    const notification = buildNotification({
      hostName,
      to: message.reversePath,
      transactionId,
      request: message.request ?? null,
      reported: wanted,
      original,
      complete: message.content.size <= original.length,
      at,
    })
    const { octets, messageId, subject } = notification
    const content = { size: octets.length, buffer: octets }
    const id = randomUUID()
    const onBehalfOf = { domainId: wanted[0]!.domainId }
    let recipients: QueuedRecipient[] = [{ address: sender, ...onBehalfOf }]
    if (directory.domain(domainOf(sender))) {
      const fields = {
        transactionId: id,
        direction: 'LOCAL' as const,
        sender: '',
        messageId,
        subject,
        size: octets.length,
      }
      recipients = await deliverLocal(content, '', sender, { type: 'DELIVERED', at: at.getTime(), ...fields })
    }
    if (recipients.length === 0) return null
    return {
      transactionId: id,
      reversePath: '',
      messageId,
      subject,
      size: octets.length,
      ...(await this.deps.bodies.keep(content)),
      ret: null,
      envelopeId: null,
      // RFC 8689 section 5: what tells of the message is carried as it was.
      tls: message.request?.tls === 'REQUIRED' ? 'REQUIRED' : null,
      recipients: recipients.map(({ address, domainId }) => ({
        address,
        domainId,
        originalRecipient: null,
        mailboxId: null,
        notify: null,
        orcpt: null,
      })),
    }
  }
}

async function beginningOf(content: MessageContent): Promise<Buffer> {
  if ('buffer' in content) return content.buffer.subarray(0, maxOriginalRead)
  const file = await open(content.path, 'r')
  try {
    const buffer = Buffer.alloc(Math.min(content.size, maxOriginalRead))
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
