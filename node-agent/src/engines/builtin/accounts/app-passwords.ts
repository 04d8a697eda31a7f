/** App passwords at sign-in: which one was given, and whether it is good for this protocol, from there, now. */
import type { AppPasswordResource, MailboxResource, SenderMatcher } from '@mailfleet/schema'
import { hashAppPassword, normalizeAppPassword, senderMatcher } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import type { ScramAttempt } from './authenticator.js'

/** Resources are replaced, never altered: what is made of one lasts as long as it does. */
const matchers = new WeakMap<AppPasswordResource, SenderMatcher>()

function isWithin(password: AppPasswordResource, remoteIp: string): boolean {
  if (password.networks.length === 0) return true
  let matcher = matchers.get(password)
  if (!matcher) matchers.set(password, (matcher = senderMatcher(password.networks)))
  return matcher.match('', remoteIp) !== null
}

/** Compared as hashes, so that a secret is not found letter by letter from the time that it takes. */
export function givenAppPassword(
  directory: Directory,
  mailbox: MailboxResource,
  input: string,
): AppPasswordResource | undefined {
  const secret = normalizeAppPassword(input)
  if (secret === null) return undefined
  const hash = hashAppPassword(secret)
  return [...directory.appPasswordsOf(mailbox.id)].find(({ secretHash }) => secretHash === hash)
}

/** Why it is not good here; null: it is. For the domain's administrators. */
export function faultOf(
  password: AppPasswordResource,
  { protocol, remoteIp }: ScramAttempt,
  now: number,
): string | null {
  if (!password.protocols.includes(protocol === 'SUBMISSION' ? 'SMTP' : protocol))
    return 'app password of other protocols'
  if (password.expiresAt !== null && password.expiresAt <= now) return 'app password expired'
  return isWithin(password, remoteIp) ? null : 'app password of other networks'
}
