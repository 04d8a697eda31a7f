/**
 * SCRAM-SHA-256 verifiers (RFC 5802 section 3, RFC 7677): what a mail node needs to prove a password without being sent it. Made
 * while a password is set, since that is the only time at which it is known.
 */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto'
import { promisify } from 'node:util'
import { saslprep, type ScramVerifier } from '@mailfleet/schema'

/** RFC 7677 asks for at least 4,096. The client computes it at each sign-in, a telephone too. */
const standardIterations = 65_536

const keyOf = (saltedPassword: Buffer, name: string): Buffer =>
  createHmac('sha256', saltedPassword).update(name).digest()

/**
 * Null for a password that SASLprep does not allow: its owner signs in by PLAIN. All passwords of one mailbox have one salt, `like` the
 * one that it has already: a client is challenged before it has said which of them it will use.
 */
export async function makeScramVerifier(
  password: string,
  like?: Pick<ScramVerifier, 'salt' | 'iterations'> | null,
): Promise<ScramVerifier | null> {
  const prepared = saslprep(password)
  if (prepared === null) return null
  const salt = like ? Buffer.from(like.salt, 'base64') : randomBytes(16)
  const iterations = like?.iterations ?? standardIterations
  const saltedPassword = await promisify(pbkdf2)(prepared, salt, iterations, 32, 'sha256')
  return {
    salt: salt.toString('base64'),
    iterations,
    storedKey: createHash('sha256').update(keyOf(saltedPassword, 'Client Key')).digest('base64'),
    serverKey: keyOf(saltedPassword, 'Server Key').toString('base64'),
  }
}
