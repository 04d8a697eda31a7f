/** Sign-in for every protocol of the node, in one place, so that throttling, timing and events are the same. */
import type { MailboxResource } from '@mailfleet/schema'

export interface SignInAttempt {
  login: string
  password: string
  protocol: 'SUBMISSION' | 'IMAP' | 'POP3'
  remoteIp: string
}

/**
 * `REFUSED`: wrong login, wrong password, suspended account: never told apart, in text or time.
 * `THROTTLED`: too many failures from this address or for this login; answered without checking the password.
 * `UNAVAILABLE`: the node cannot check now (RFC 5530 UNAVAILABLE, SMTP 454).
 */
export type SignInResult =
  { ok: true; mailbox: MailboxResource } | { ok: false; reason: 'REFUSED' | 'THROTTLED' | 'UNAVAILABLE' }

export interface Authenticator {
  authenticate(attempt: SignInAttempt): Promise<SignInResult>
}
