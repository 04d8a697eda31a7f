/** What is kept of a mailbox's password. */
import type { ScramVerifier } from '@mailfleet/schema'
import { invalidInput } from '../platform/errors.js'
import { requirePassword } from '../platform/input.js'
import { hashPassword, isVerifiableHash } from '../platform/password.js'
import { makeScramVerifier } from '../platform/scram-verifier.js'
import type { Mailbox } from './mailbox.entity.js'

const minPassword = 8
export const passwordRule = { path: ['password'], floor: minPassword }

export type MailboxSecrets = Pick<Mailbox, 'passwordHash' | 'scram'>

/** Nobody signs in. */
export const noSecrets: MailboxSecrets = { passwordHash: '', scram: null }

/** Always both: a verifier of a former password would go on letting it in. The salt stays `former`, for the app passwords' sake. */
export async function secretsOf(input: string, former: ScramVerifier | null = null): Promise<MailboxSecrets> {
  const password = requirePassword(input, ['password'], minPassword)
  const [passwordHash, scram] = await Promise.all([hashPassword(password), makeScramVerifier(password, former)])
  return { passwordHash, scram }
}

/** Of a password that only its hash is known of: its owner signs in by PLAIN, since SCRAM needs more than that. */
export function secretsOfHash(passwordHash: string): MailboxSecrets {
  if (!isVerifiableHash(passwordHash)) {
    const message =
      'This is no hash that mail nodes verify: argon2id as a PHC string, of at most 256 MiB and 16 passes.'
    throw invalidInput(['passwordHash'], message)
  }
  return { passwordHash, scram: null }
}
