/**
 * Mail events: what a node tells of each message and sign-in.
 *
 * An event is named by (node, stream, sequence). A stream is the outbox of one durable database on the node
 * (`queue/<epoch>`, `store-0/<epoch>`, ...), where the event is written in the same transaction as what it tells of,
 * so that an event exists if and only if the thing happened. Sequences are dense from 1 in each stream. The
 * control plane keeps a high-water mark per (node, stream): a batch sent twice is counted once.
 */
import { z } from 'zod'

export const mailEventType = z.enum([
  /** A message was answered 250 on SMTP, one event per accepted transaction. */
  'ACCEPTED',
  /** A recipient or message was refused on SMTP with `replyCode` and `replyText`. */
  'REFUSED',
  /** Stored in a mailbox here; `recipient` is the final address, `originalRecipient` the one in RCPT TO. */
  'DELIVERED',
  /** Taken into the outbound queue for `recipient`. */
  'QUEUED',
  /** The next hop answered 250. */
  'RELAYED',
  /** An attempt failed for now; `nextAttemptAt` says when the next one is due. */
  'DEFERRED',
  /** Given up; a delivery status notification was sent unless the sender is null. */
  'BOUNCED',
  /** Taken out of the outbound queue by an administrator; nobody was told. */
  'DELETED',
  /** A sign-in on SMTP, IMAP or POP3 that succeeded. */
  'AUTHENTICATED',
  /** A sign-in that failed. */
  'AUTH_FAILED',
  /**
   * A session ended, whatever came of it: how it was encrypted, how long it took. One a minute for each client network, protocol and
   * kind of encryption; `sessions` says for how many it stands.
   */
  'SESSION',
])
export type MailEventType = z.infer<typeof mailEventType>

/** `IN`: from outside to a mailbox. `OUT`: submitted by, or forwarded for, a mailbox to the outside. `LOCAL`: both ends here. */
export const mailDirection = z.enum(['IN', 'OUT', 'LOCAL'])
export type MailDirection = z.infer<typeof mailDirection>

/**
 * What was made of a message. `CLEAN`: taken as any other. `JUNK`: put aside as such. `QUARANTINED`: held back until somebody decides.
 * `REFUSED`: whoever sent it was told. `DISCARDED`: taken, and delivered to nobody.
 */
export const mailVerdict = z.enum(['CLEAN', 'JUNK', 'QUARANTINED', 'REFUSED', 'DISCARDED'])
export type MailVerdict = z.infer<typeof mailVerdict>

const text = (max: number) => z.string().max(max)

/** One of the things that a message was looked at for, and what spoke for or against it. */
const mailCheck = z.object({
  /** `SPF`, `DKIM`, `DMARC`, or the kind of policy that asks. */
  name: text(64),
  /** In the words of the check: `pass`, `fail`, `none` ... */
  result: text(64),
  score: z.number().nullish(),
  detail: text(200).nullish(),
  /** Of the policy that says what becomes of this result, in the revision that held then. */
  policyKind: text(64).nullish(),
  policyId: text(64).nullish(),
  policyRevision: z.number().int().nonnegative().nullish(),
})
export type MailCheck = z.infer<typeof mailCheck>
export const maxMailChecks = 32

export const mailEvent = z.object({
  type: mailEventType,
  /** Milliseconds since 1970, the node's clock. */
  at: z.number().int().nonnegative(),
  /** The node's id of the SMTP transaction, as in its Received field; the same through queue and delivery. */
  transactionId: text(64).nullish(),
  /** The domain here that the event belongs to; the control plane derives the tenant, after checking the node serves it. */
  domainId: text(64).nullish(),
  mailboxId: text(64).nullish(),
  direction: mailDirection.nullish(),
  protocol: z.enum(['SMTP', 'SUBMISSION', 'IMAP', 'POP3']).nullish(),
  /** Reverse-path without brackets; empty for the null sender. */
  sender: text(320).nullish(),
  recipient: text(320).nullish(),
  originalRecipient: text(320).nullish(),
  /** Message-ID field without brackets (RFC 5322 section 3.6.4). */
  messageId: text(998).nullish(),
  /** Decoded (RFC 2047), shortened to 256 characters. */
  subject: text(256).nullish(),
  size: z.number().int().nonnegative().nullish(),
  remoteIp: text(45).nullish(),
  /** Host and port of the next hop. */
  remoteHost: text(260).nullish(),
  tls: text(64).nullish(),
  /** Of an attempt to send: who demanded how it was secured (`DANE`, `MTA-STS enforce`, …), and what was amiss. */
  tlsPolicy: text(128).nullish(),
  replyCode: z.number().int().min(200).max(599).nullish(),
  /** Enhanced status code (RFC 3463). */
  enhancedCode: text(16).nullish(),
  replyText: text(512).nullish(),
  attempt: z.number().int().nonnegative().nullish(),
  nextAttemptAt: z.number().int().nonnegative().nullish(),
  login: text(320).nullish(),
  /** Of AUTHENTICATED: the app password that it was by. */
  appPasswordId: text(64).nullish(),
  /**
   * Of AUTH_FAILED: for how many failures of its network this event stands, so that an attack is told of in few events. 0 where a
   * ban refused it: no password was looked at. Absent: 1.
   */
  failures: z.number().int().min(0).max(1_000_000).nullish(),
  /** Of what a policy refused: its kind, the policy that says so, and that policy's revision. */
  policyKind: text(64).nullish(),
  policyId: text(64).nullish(),
  policyRevision: z.number().int().nonnegative().nullish(),
  /** Of a message from outside: what SPF, DKIM, ARC, DMARC and reverse DNS say of it, as in Authentication-Results (RFC 8601). */
  authentication: text(2_000).nullish(),
  /** Of DELIVERED: the mailbox name, where it is not INBOX. */
  folder: text(255).nullish(),
  verdict: mailVerdict.nullish(),
  /** What led to it. */
  checks: z.array(mailCheck).max(maxMailChecks).nullish(),
  /** As HELO or EHLO gave it. */
  heloName: text(255).nullish(),
  /** Of ACCEPTED: how many recipients the message has. */
  recipientCount: z.number().int().nonnegative().nullish(),
  /** Of SESSION: for how many this event stands. */
  sessions: z.number().int().min(1).max(1_000_000).nullish(),
  /** Of SESSION: how long it took. */
  durationMs: z.number().int().nonnegative().nullish(),
})
export type MailEvent = z.infer<typeof mailEvent>
