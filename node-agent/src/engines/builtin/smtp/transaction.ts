/** What a session knows of the mail transaction it is in, and how events tell of it. */
import { randomUUID } from 'node:crypto'
import type { DomainResource, MailboxResource, MailDirection, MailEvent } from '@mailfleet/schema'
import { normalizeAddress } from '@mailfleet/schema'
import type { MessageRequest, RecipientRequest } from '../queue/notification-request.js'
import type { Arrival } from './arrival.js'
import type { Destination } from '../routing/router.js'
import type { Session } from './session.js'

/** Who signed in, as of the start of the transaction. */
export interface Submitter {
  mailbox: MailboxResource
  domain: DomainResource
}

export interface AcceptedRecipient {
  /** Normal form. */
  address: string
  /** The recipient's domain where it is ours, else the submitter's: its tenant sees the events. */
  domain: DomainResource
  local: boolean
  destinations: Destination[]
  /** Of what its sender wants to hear. */
  request: RecipientRequest
}

export interface Transaction {
  id: string
  /** Null on the MX port. */
  submitter: Submitter | null
  /** As given, without brackets; empty for the null reverse-path. */
  reversePath: string
  /** SIZE as declared, 0 without. */
  declaredSize: number
  smtpUtf8: boolean
  request: MessageRequest
  /** By normal address. */
  recipients: Map<string, AcceptedRecipient>
  remoteIp: string
  heloName: string
  /** `SMTP`, `ESMTP`, `ESMTPS`, `ESMTPSA`. */
  transmission: string
  /** Protocol and cipher, or null in the clear. */
  tls: string | null
  /** Null before the message is there, and for what is submitted. */
  arrival: Arrival | null
}

export function beginTransaction(
  session: Session,
  submitter: Submitter | null,
  envelope: Pick<Transaction, 'reversePath' | 'declaredSize' | 'smtpUtf8' | 'request'>,
): Transaction {
  return {
    id: randomUUID(),
    submitter,
    ...envelope,
    recipients: new Map(),
    remoteIp: session.connection.remoteIp,
    heloName: session.heloName,
    transmission: session.transmission,
    tls: session.connection.tlsDescription,
    arrival: null,
  }
}

/** The fields that all events of a transaction share. */
export function transactionEvent(
  transaction: Transaction,
  type: MailEvent['type'],
  more: Partial<MailEvent> = {},
): MailEvent {
  const { id, submitter, reversePath, remoteIp, tls, arrival, heloName } = transaction
  return {
    type,
    at: Date.now(),
    transactionId: id,
    protocol: submitter ? 'SUBMISSION' : 'SMTP',
    sender: (normalizeAddress(reversePath) ?? reversePath).slice(0, 320),
    remoteIp: remoteIp.slice(0, 45),
    tls: tls?.slice(0, 64) ?? null,
    domainId: submitter?.domain.id ?? null,
    mailboxId: submitter?.mailbox.id ?? null,
    heloName: heloName.slice(0, 255) || null,
    ...(arrival &&
      (type === 'ACCEPTED' || type === 'REFUSED') && {
        authentication: arrival.summary,
        checks: arrival.checksFor(null),
      }),
    ...(type === 'REFUSED' && { verdict: 'REFUSED' }),
    ...more,
  }
}

/** Where a message from this transaction goes when it ends in a mailbox here, or leaves us. */
export const directionTo = (transaction: Transaction, destination: Destination['type']): MailDirection =>
  destination === 'relay' ? 'OUT' : transaction.submitter ? 'LOCAL' : 'IN'
