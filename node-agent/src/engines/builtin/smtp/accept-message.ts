/**
 * The step between the end of DATA and its answer: local deliveries, then the outbound queue, each durable, and only then 250.
 *
 * ACCEPTED is written with the last durable step, so that it exists if and only if we could answer 250; a failure or a crash before it
 * leaves at most copies that the client, not told 250, sends again. A recipient whose mailbox is full when the rest is stored gets its
 * sender a bounce, since the message as a whole is accepted; should that bounce not be possible at that moment, the client is told to
 * try again though ACCEPTED is written: better a copy twice than a refusal that nobody hears of.
 */
import type { GroupResource, MailboxResource, MailEvent } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { OutboundQueue, ReportedRecipient, QueuedRecipient } from '../queue/outbound-queue.js'
import { listFields } from '../groups/index.js'
import type { MailStore, StoreError } from '../store/mail-store.js'
import { fieldBody, fieldsNamed, logFields } from '../message/header-section.js'
import type { HeaderField } from '../message/header-section.js'
import { finalDestinations, reversePathFor, type LocalDelivery } from './final-destinations.js'
import { withContentFor } from './list-content.js'
import type { ReceivedMessage } from './receive-message.js'
import { asSmtpError, SmtpError } from './smtp-error.js'
import { successReports } from './success-reports.js'
import { deliveryPrefix } from './trace-fields.js'
import { directionTo, transactionEvent } from './transaction.js'
import type { AcceptedRecipient, Transaction } from './transaction.js'

export interface AcceptDeps {
  store: Pick<MailStore, 'deliver'>
  queue: Pick<OutboundQueue, 'enqueue' | 'report'>
  logger: Logger
  spoolFolder: string
}

export async function acceptMessage(
  deps: AcceptDeps,
  transaction: Transaction,
  message: ReceivedMessage,
): Promise<void> {
  const { content } = message
  const { messageId, subject } = logFields(message.fields)
  const about = { messageId, subject, size: content.size }
  const { local, relayed } = finalDestinations(transaction)
  const accepted = acceptedEvent(transaction, relayed.length > 0, about)

  const outcomes = await deliver(deps.store, transaction, message, local, about, relayed.length > 0 ? [] : [accepted])
  // Nobody knows what the disk holds: better a copy twice than a bounce for what may have arrived.
  const unavailable = outcomes.find((error) => error?.code === 'UNAVAILABLE')
  if (unavailable) throw asSmtpError(unavailable.cause ?? unavailable)
  const failed = local.flatMap(({ mailbox, recipient, list }, index) => {
    const error = outcomes[index]
    return error ? [{ list, failure: failedRecipient(mailbox, list ? null : recipient, error) }] : []
  })
  if (failed.length === local.length && relayed.length === 0) throw refusal(outcomes)

  const { id: transactionId } = transaction
  const request = { ...transaction.request, tls: transaction.request.tls ?? tlsOptional(message.fields) }
  for (const [index, { list, recipients }] of relayed.entries()) {
    const events = recipients.map((recipient) => queuedEvent(transaction, recipient, list, about))
    if (index === relayed.length - 1) events.unshift(accepted)
    const reversePath = reversePathFor(transaction, list)
    await withContentFor(list, content, deps.spoolFolder, (content) =>
      deps.queue.enqueue({
        transactionId,
        reversePath,
        recipients,
        content,
        messageId,
        subject,
        events,
        request: list ? { ret: null, envelopeId: null, tls: request.tls } : request,
      }),
    )
  }
  for (const list of new Set(failed.map((one) => one.list))) {
    const failures = failed.filter((one) => one.list === list).map(({ failure }) => failure)
    const reversePath = reversePathFor(transaction, list)
    const one = { transactionId, reversePath, content, messageId, subject }
    await deps.queue.report({ ...one, ...(!list && { request }) }, failures)
  }
  const successes = successReports(transaction, new Set(failed.map(({ failure }) => failure.mailboxId!)))
  if (successes.length > 0) {
    const { reversePath } = transaction
    await deps.queue
      .report({ transactionId, reversePath, content, messageId, subject, request }, successes)
      // The message is there: to refuse it now would bring it twice.
      .catch((error: unknown) => deps.logger.error({ err: error, transactionId }, 'a success cannot be reported'))
  }
  deps.logger.debug(
    { transactionId, stored: local.length - failed.length, relayed: relayed.flatMap((one) => one.recipients).length },
    'message accepted',
  )
}

/** RFC 8689 section 3. */
function tlsOptional(fields: HeaderField[]): 'OPTIONAL' | null {
  const found = fieldsNamed(fields, 'tls-required')
  return found.length === 1 && fieldBody(found[0]!).toLowerCase() === 'no' ? 'OPTIONAL' : null
}

function acceptedEvent(transaction: Transaction, relayed: boolean, about: Partial<MailEvent>): MailEvent {
  const [first] = transaction.recipients.values()
  const only = transaction.recipients.size === 1 ? first! : null
  return transactionEvent(transaction, 'ACCEPTED', {
    ...about,
    direction: transaction.submitter ? directionTo(transaction, relayed ? 'relay' : 'mailbox') : 'IN',
    domainId: transaction.submitter?.domain.id ?? first!.domain.id,
    recipient: only?.address ?? null,
    recipientCount: transaction.recipients.size,
    replyCode: 250,
    enhancedCode: '2.0.0',
  })
}

async function deliver(
  store: Pick<MailStore, 'deliver'>,
  transaction: Transaction,
  { content }: ReceivedMessage,
  local: LocalDelivery[],
  about: Partial<MailEvent>,
  events: MailEvent[],
): Promise<(StoreError | null)[]> {
  if (local.length === 0) return []
  const deliveries = local.map(({ mailbox, recipient, list }) => {
    const folder = transaction.arrival?.isJunkFor(mailbox) ? { mailbox: 'Junk' } : {}
    return {
      accountId: mailbox.id,
      ...folder,
      prefix: prefixFor(transaction, mailbox, list),
      event: transactionEvent(transaction, 'DELIVERED', {
        ...about,
        direction: directionTo(transaction, 'mailbox'),
        domainId: mailbox.domainId,
        mailboxId: mailbox.id,
        recipient: mailbox.address,
        originalRecipient: recipient.address,
        folder: folder.mailbox ?? null,
        ...(!transaction.submitter && { verdict: folder.mailbox ? 'JUNK' : 'CLEAN' }),
        ...(transaction.arrival && { checks: transaction.arrival.checksFor(mailbox) }),
      }),
    }
  })
  return store.deliver(content, deliveries, Date.now(), events)
}

function prefixFor(transaction: Transaction, { address }: MailboxResource, list: GroupResource | null): Buffer {
  const { arrival } = transaction
  const prefix = [deliveryPrefix(reversePathFor(transaction, list), address)]
  if (arrival) prefix.push(arrival.trace)
  if (list) prefix.push(listFields(list))
  return Buffer.concat(prefix)
}

const queuedEvent = (
  transaction: Transaction,
  recipient: QueuedRecipient,
  list: GroupResource | null,
  about: Partial<MailEvent>,
): MailEvent =>
  transactionEvent(transaction, 'QUEUED', {
    ...about,
    direction: 'OUT',
    domainId: recipient.domainId,
    mailboxId: recipient.mailboxId ?? null,
    recipient: recipient.address,
    originalRecipient: recipient.originalRecipient ?? list?.address ?? null,
  })

const failedRecipient = (
  mailbox: MailboxResource,
  recipient: AcceptedRecipient | null,
  error: StoreError,
): ReportedRecipient => ({
  address: mailbox.address,
  ...(recipient && { originalRecipient: recipient.address, request: recipient.request }),
  action: 'failed',
  domainId: mailbox.domainId,
  mailboxId: mailbox.id,
  status: error.code === 'OVER_QUOTA' ? '5.2.2' : '5.2.0',
  diagnostic: error.code === 'OVER_QUOTA' ? 'The mailbox is full' : 'The mailbox cannot take this message',
  remoteHost: null,
})

/** Nobody got it, so nobody is told twice: the client tries again, or tells its user. */
function refusal(outcomes: (StoreError | null)[]): SmtpError {
  const codes = new Set(outcomes.map((error) => error?.code))
  if (codes.has('OVER_QUOTA')) return new SmtpError(452, '2.2', 'Mailbox full')
  return new SmtpError(550, '1.1', 'No such mailbox here')
}
