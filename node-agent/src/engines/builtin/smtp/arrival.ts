/**
 * What is known of a message from outside when all of it is there, and what policies make of it: refused, put aside as junk, or
 * delivered. A message has one answer for all its recipients, and so it is refused only where each of them would refuse it; where some
 * would not, it is junk for the others.
 */
import {
  dmarcAction,
  type DomainResource,
  type EffectivePolicy,
  type MailboxResource,
  type MailCheck,
} from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import {
  authenticationResults,
  mailChecks,
  resultTexts,
  wantedBy,
  type Authentication,
  type AuthenticateMessage,
} from '../authentication/index.js'
import { authorsOf } from './header-policy.js'
import type { ReceivedMessage } from './receive-message.js'
import { SmtpError } from './smtp-error.js'
import type { Transaction } from './transaction.js'

export interface Arrival {
  /** The Authentication-Results field. */
  trace: Buffer
  /** The same for the log. */
  summary: string
  /** SPF vouches for the reverse-path: what is sent there reaches whoever wrote. */
  provenSender: boolean
  isJunkFor(of: MailboxResource): boolean
  /** What was found out; for a mailbox, with the policy that says what becomes of it there. */
  checksFor(of: MailboxResource | null): MailCheck[]
}

/** Longer ones say the same of one more signature. */
const maxSummary = 2_000

/** Null where nothing is looked at. */
export async function arrivalOf(
  directory: Directory,
  authenticate: AuthenticateMessage,
  { remoteIp, heloName, reversePath }: Transaction,
  { fields, content }: ReceivedMessage,
): Promise<(Arrival & { authentication: Authentication }) | null> {
  const message = { remoteIp, helo: heloName, reversePath, fields, content, authors: authorsOf(fields) }
  const authentication = await authenticate(message)
  if (authentication === null) return null
  return {
    authentication,
    trace: authenticationResults(authentication, directory.settings().hostName),
    summary: resultTexts(authentication).join('; ').slice(0, maxSummary),
    provenSender: reversePath !== '' && authentication.spf.result === 'pass',
    isJunkFor(of) {
      const { value } = dmarcPolicy(directory, of)
      // Refused it would be no more: that was asked of all recipients together.
      return dmarcAction(wantedBy(authentication), value, []) === 'JUNK'
    },
    checksFor: (of) => mailChecks(authentication, of && dmarcPolicy(directory, of)),
  }
}

const dmarcPolicy = (directory: Directory, of: DomainResource | MailboxResource): EffectivePolicy<'DMARC'> =>
  directory.policy('DMARC', of)

/** `recipients`: whose policies hold. */
export function requireAuthentic(
  directory: Directory,
  authentication: Authentication,
  recipients: readonly (DomainResource | MailboxResource)[],
): void {
  const policies = recipients.map((of) => dmarcPolicy(directory, of))
  const values = policies.map(({ value }) => value)
  if (dmarcAction(wantedBy(authentication), values[0] ?? 'NOTE', values) !== 'REFUSE') return
  // RFC 9989 section 7.3, RFC 7372 section 3.
  throw new SmtpError(550, '7.1', 'The domain in From asks to refuse mail that it does not vouch for (DMARC)', {
    policy: { kind: 'DMARC', origin: policies[0]!.origin },
  })
}
