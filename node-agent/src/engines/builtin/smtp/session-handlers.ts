/** What one session's commands ask, on one kind of port. The policy is in the files named by what they decide. */
import type { Logger } from 'pino'
import type { DomainResource, MailboxResource } from '@mailfleet/schema'
import { normalizeAddress, clientNetwork } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import type { Authenticator, SignInResult } from '../accounts/authenticator.js'
import { credentialHolds, findMechanism, offeredMechanisms, type Credential } from '../accounts/index.js'
import type { SaslDialogue } from '../accounts/sasl/sasl-dialogue.js'
import type { AuthenticateMessage } from '../authentication/index.js'
import type { SendLimits } from '../policies/index.js'
import { withoutSuccess } from '../queue/notification-request.js'
import type { OutboundQueue } from '../queue/outbound-queue.js'
import type { Router } from '../routing/router.js'
import type { MailStore } from '../store/mail-store.js'
import type { PerMinute } from '../net/per-minute.js'
import { arrivalOf, requireAuthentic } from './arrival.js'
import { acceptMessage } from './accept-message.js'
import type { IncomingMessage } from './dotted-message.js'
import { signerFor } from '../dkim/index.js'
import { authorDomain, rewriteHeaderFor } from './header-policy.js'
import { receiveMessage, type ReceivedMessage, type SignerOf } from './receive-message.js'
import { checkRecipient, domainIdOf } from './recipient-policy.js'
import { messageRequest, recipientRequest } from './notification-parameters.js'
import type { PathCommand } from './path-command.js'
import { sendingFrom, type Sending } from './sender-policy.js'
import { requireRecipientsLeft, requireSize, requireWelcome, takeAllowance } from './policy-refusals.js'
import type { Role, Session } from './session.js'
import { asSmtpError, SmtpError } from './smtp-error.js'
import { beginTransaction, transactionEvent } from './transaction.js'
import type { AcceptedRecipient, Submitter, Transaction } from './transaction.js'

export interface SessionDeps {
  store: MailStore
  queue: Pick<OutboundQueue, 'enqueue' | 'report'>
  router: Router
  authenticator: Authenticator
  directory: Directory
  events: EventSink
  logger: Logger
  spoolFolder: string
  sendLimits: SendLimits
  authenticate: AuthenticateMessage
  /** Counts REFUSED events by client network, over all ports. */
  refusals: PerMinute
}

/** RFC 4954 section 9: guesses cost a connection. */
const maxFailedSignIns = 3
/** Of a refused message with very many recipients the log names these. */
const maxRefusedEvents = 100
const maxRefusedRecipients = 100
/** By client network: a flood of refusals must not fill the disk with events. */
const maxRefusalsPerMinute = 1_000
const everywhere = ['SIZE', 'BODY', 'SMTPUTF8', 'RET', 'ENVID']
const mailParameters = { mx: everywhere, submission: [...everywhere, 'AUTH'] }
const recipientParameters = ['NOTIFY', 'ORCPT']

export class SessionHandlers {
  private transaction: Transaction | null = null
  private failedSignIns = 0
  private refusedRecipients = 0
  private signedIn: { mailboxId: string; credential: Credential } | null = null

  constructor(
    private readonly deps: SessionDeps,
    private readonly role: Role,
    private readonly remoteIp: string,
  ) {}

  /** Before the greeting. */
  welcome(): void {
    if (this.deps.directory.settings().status !== 'ACTIVE')
      throw new SmtpError(421, '3.2', 'This server takes no mail at present')
  }

  /** Offered now, beside PLAIN and LOGIN. */
  mechanisms = (): string[] => offeredMechanisms(this.deps.directory)

  /** By password. Answers with the account's id. */
  async signIn(given: { login: string; password: string; authzid: string }): Promise<string> {
    const { login, password, authzid } = given
    // RFC 4616: acting for someone else is not offered.
    if (authzid && normalizeAddress(authzid) !== normalizeAddress(login)) throw this.signInRefused()
    return this.entered(await this.deps.authenticator.authenticate({ ...this.attempt, login, password }))
  }

  async signInBy(mechanism: string, initial: Buffer | null, dialogue: SaslDialogue): Promise<string> {
    const { directory, authenticator } = this.deps
    const signInBy = findMechanism(mechanism, directory)
    if (!signInBy) throw new SmtpError(504, '5.4', 'This mechanism is not offered')
    return this.entered(await signInBy(authenticator, this.attempt, initial, dialogue, directory))
  }

  private get attempt(): { protocol: 'SUBMISSION'; remoteIp: string } {
    return { protocol: 'SUBMISSION', remoteIp: this.remoteIp }
  }

  private signInRefused(): SmtpError {
    return ++this.failedSignIns < maxFailedSignIns
      ? new SmtpError(535, '7.8', 'Login or password is wrong')
      : new SmtpError(421, '7.0', 'Too many failed sign-ins')
  }

  private entered(result: SignInResult): string {
    if (result.ok) {
      const { id } = result.mailbox
      this.signedIn = { mailboxId: id, credential: result.credential }
      return id
    }
    if (result.reason === 'REFUSED') throw this.signInRefused()
    throw new SmtpError(454, '7.0', 'Sign-in is not possible now, try again later')
  }

  mail(session: Session, { address, args }: PathCommand): void {
    this.transaction = null
    const parameters = args || {}
    const known = [...mailParameters[this.role], ...(session.secure ? ['REQUIRETLS'] : [])]
    const unknown = Object.keys(parameters).find((name) => !known.includes(name))
    if (unknown !== undefined) throw new SmtpError(555, '5.4', `MAIL has no parameter ${unknown.slice(0, 40)} here`)
    const request = messageRequest(args)
    const submitter = this.role === 'submission' ? this.submitter() : null
    const transaction = beginTransaction(session, submitter, {
      reversePath: address,
      declaredSize: Number(parameters['SIZE'] ?? 0),
      smtpUtf8: parameters['SMTPUTF8'] === true,
      request,
    })
    try {
      this.assertServing()
      if (/[^\u0000-\u007f]/.test(address) && !transaction.smtpUtf8) {
        throw new SmtpError(553, '6.7', 'Internationalized addresses need SMTPUTF8')
      }
      // The null reverse-path is how clients send notifications that must never bounce (RFC 8098 section 3).
      if (submitter && address !== '' && !this.sendingFrom(submitter)(normalizeAddress(address) ?? '')) {
        throw new SmtpError(553, '7.1', 'You may not send from this address')
      }
      if (submitter) requireSize(this.deps.directory, submitter.mailbox, transaction.declaredSize)
    } catch (error) {
      this.refused(transaction, error, [{ domainId: submitter?.domain.id ?? null }])
      throw error
    }
    this.transaction = transaction
  }

  async recipient({ address, args }: PathCommand): Promise<void> {
    const transaction = this.transaction!
    const unknown = Object.keys(args || {}).find((name) => !recipientParameters.includes(name))
    if (unknown !== undefined) throw new SmtpError(555, '5.4', `RCPT has no parameter ${unknown.slice(0, 40)} here`)
    const request = recipientRequest(args)
    try {
      const { submitter, recipients } = transaction
      if (submitter) requireRecipientsLeft(this.deps.directory, submitter, recipients.size)
      const recipient = await checkRecipient(this.deps, transaction, address)
      if (!submitter) for (const of of policedBy(recipient)) requireWelcome(this.deps.directory, transaction, of)
      transaction.recipients.set(recipient.address, { ...recipient, request })
    } catch (error) {
      const recipient = (normalizeAddress(address) ?? address).slice(0, 320)
      const domainId = transaction.submitter?.domain.id ?? domainIdOf(this.deps.directory, address)
      this.refused(transaction, error, [{ domainId, recipient }])
      throw this.tooManyRefused() ?? error
    }
  }

  /** Reads the message to its end; the reply once it is kept. */
  async message(incoming: IncomingMessage): Promise<string> {
    const transaction = this.transaction!
    const { directory, spoolFolder } = this.deps
    const sending = transaction.submitter ? this.sendingFrom(transaction.submitter) : () => null
    const signerOf = transaction.submitter ? this.signerOf : undefined
    const rewrite = rewriteHeaderFor(transaction, directory.settings().hostName, sending, () => new Date())
    try {
      const message = await receiveMessage(incoming, spoolFolder, rewrite, signerOf)
      try {
        // A slow message may outlast the right to send it.
        this.assertServing()
        if (transaction.submitter) this.submitter()
        else await this.authenticate(transaction, message)
        if (!transaction.submitter && !transaction.arrival?.provenSender) reportNoSuccess(transaction)
        await this.withinPolicies(transaction, message.content.size, () =>
          acceptMessage(this.deps, transaction, message),
        )
      } finally {
        await message.discard()
      }
      return `2.0.0 Accepted as ${transaction.id}`
    } catch (error) {
      const recipients = [...transaction.recipients.values()].slice(0, maxRefusedEvents)
      const named = recipients.map((one) => ({ recipient: one.address, domainId: one.domain.id }))
      this.refused(transaction, error, named, incoming.size)
      throw error
    }
  }

  private async authenticate(transaction: Transaction, message: ReceivedMessage): Promise<void> {
    const { directory, authenticate } = this.deps
    const arrival = await arrivalOf(directory, authenticate, transaction, message)
    if (arrival === null) return
    transaction.arrival = arrival
    requireAuthentic(directory, arrival.authentication, [...transaction.recipients.values()].flatMap(policedBy))
  }

  /** Whose name the message goes out in: that domain's keys, so that DMARC sees the two aligned. */
  private readonly signerOf: SignerOf = (header) => {
    const { directory, logger } = this.deps
    const domain = directory.domain(authorDomain(header) ?? '')
    return domain ? signerFor(domain, header, new Date(), logger) : null
  }

  /** Sizes are known for sure only now; what is counted and not accepted is given back. */
  private async withinPolicies(transaction: Transaction, size: number, accept: () => Promise<void>): Promise<void> {
    const { directory, sendLimits } = this.deps
    const { submitter, recipients } = transaction
    if (!submitter) {
      for (const recipient of recipients.values())
        for (const of of policedBy(recipient)) requireSize(directory, of, size)
      return accept()
    }
    requireSize(directory, submitter.mailbox, size)
    await takeAllowance(sendLimits, submitter, recipients.size)
    try {
      await accept()
    } catch (error) {
      await sendLimits.giveBack(submitter.mailbox, recipients.size)
      throw error
    }
  }

  private assertServing(): void {
    if (this.deps.directory.settings().status === 'ACTIVE') return
    throw new SmtpError(451, '3.2', 'This server takes no mail at present')
  }

  /** Who asks for one stranger's address after the other is not sending mail. */
  private tooManyRefused(): SmtpError | null {
    return ++this.refusedRecipients >= maxRefusedRecipients && this.role === 'mx'
      ? new SmtpError(421, '7.0', 'Too many refused recipients')
      : null
  }

  /** The account as it is now: a suspension or another password takes effect within a session. */
  private submitter(): Submitter {
    const mailbox = this.signedIn ? this.deps.directory.mailboxById(this.signedIn.mailboxId) : undefined
    const domain = mailbox && this.deps.directory.domainById(mailbox.domainId)
    const holds = mailbox && credentialHolds(this.deps.directory, mailbox, this.signedIn!.credential)
    if (mailbox?.status !== 'ACTIVE' || domain?.status !== 'ACTIVE' || !holds) {
      throw new SmtpError(550, '7.1', 'Your account may not send at present')
    }
    return { mailbox, domain }
  }

  private sendingFrom({ mailbox }: Submitter): (address: string) => Sending | null {
    return (address) => sendingFrom(this.deps.directory, mailbox, address)
  }

  private refused(
    transaction: Transaction,
    error: unknown,
    about: { recipient?: string; domainId: string | null }[],
    size?: number,
  ): void {
    if (!this.deps.refusals.within(clientNetwork(transaction.remoteIp), maxRefusalsPerMinute)) return
    const { reply, enhanced, publicText, policy } = asSmtpError(error)
    for (const { recipient, domainId } of about) {
      const direction = transaction.submitter ? 'OUT' : 'IN'
      const reason = {
        replyCode: reply,
        enhancedCode: enhanced,
        replyText: publicText,
        ...(policy && {
          policyKind: policy.kind,
          policyId: policy.origin?.policyId ?? null,
          policyRevision: policy.origin?.revision ?? null,
        }),
      }
      this.deps.events.emit(
        transactionEvent(transaction, 'REFUSED', { direction, recipient, domainId, size: size ?? null, ...reason }),
      )
    }
  }
}

/** A forged sender would have us write to a stranger for each message that arrives: of failures we tell, since mail must not vanish. */
function reportNoSuccess({ recipients }: Transaction): void {
  for (const recipient of recipients.values()) recipient.request = withoutSuccess(recipient.request)
}

/** Whose policies hold for mail to a recipient: the mailbox's where there is one, else those of the domain that sends it on. */
const policedBy = ({
  destinations,
  domain,
}: Omit<AcceptedRecipient, 'request'>): (DomainResource | MailboxResource)[] => {
  const mailboxes = destinations.flatMap((to) => (to.type === 'mailbox' ? [to.mailbox] : []))
  return mailboxes.length === 1 ? mailboxes : [domain]
}
