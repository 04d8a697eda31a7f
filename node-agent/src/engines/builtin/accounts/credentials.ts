/** What somebody signed in by. A session lasts no longer than that: each protocol asks here whenever the config has changed. */
import type { MailboxResource } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'

/** Plain data: it goes from one process to another. `hash` is the mailbox's password hash at that moment. */
export type Credential =
  { kind: 'password'; hash: string } | { kind: 'token'; hash: string } | { kind: 'appPassword'; id: string }

/** `mailbox` as it is now. Another password of the mailbox ends its tokens' sessions too, and leaves app passwords alone. */
export function credentialHolds(directory: Directory, mailbox: MailboxResource, credential: Credential): boolean {
  switch (credential.kind) {
    case 'password':
      return credential.hash === mailbox.passwordHash && !directory.policy('APP_PASSWORDS_ONLY', mailbox).value
    case 'token':
      return credential.hash === mailbox.passwordHash
    case 'appPassword': {
      const password = directory.appPasswordById(credential.id)
      return password?.mailboxId === mailbox.id && (password.expiresAt === null || password.expiresAt > Date.now())
    }
  }
}

/** Whether a change may have ended a credential or an account. */
export const mayEndSessions = (key: string): boolean => /^(Mailbox|Domain|NodeSettings|Policy|AppPassword)\//.test(key)

const longestTimer = 2 ** 31 - 1

/** Calls `end` when the credential expires by itself, unless `closed` is aborted before. */
export function atExpiry(directory: Directory, credential: Credential, closed: AbortSignal, end: () => void): void {
  const expiresAt = credential.kind === 'appPassword' ? directory.appPasswordById(credential.id)?.expiresAt : null
  if (!expiresAt || closed.aborted) return
  const timer = setTimeout(
    () => (expiresAt <= Date.now() ? end() : atExpiry(directory, credential, closed, end)),
    Math.min(longestTimer, Math.max(0, expiresAt - Date.now()) + 1),
  )
  closed.addEventListener('abort', () => clearTimeout(timer), { once: true })
}
