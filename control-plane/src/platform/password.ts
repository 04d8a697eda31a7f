/** Password hashes: argon2id (RFC 9106), as PHC strings. */
import { Algorithm, hash, verify } from '@node-rs/argon2'

/** OWASP's minimum of memory and passes for argon2id. */
const options = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, options)

export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, password)
}
