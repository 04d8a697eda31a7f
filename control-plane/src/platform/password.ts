/** Password hashes: argon2id (RFC 9106), as PHC strings. */
import { Algorithm, hash, verify } from '@node-rs/argon2'

/** OWASP's minimum of memory and passes for argon2id. */
const options = { algorithm: Algorithm.Argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, options)

export async function verifyPassword(passwordHash: string, password: string): Promise<boolean> {
  return verify(passwordHash, password)
}

/** RFC 9106 section 3.1, in the form of a PHC string; and not so costly that checking it were an attack on whoever does. */
const phc = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{16,172}$/
const maxMemoryCost = 262_144
const maxTimeCost = 16
const maxParallelism = 16

export function isVerifiableHash(text: string): boolean {
  const match = phc.exec(text)
  if (!match) return false
  const [memory, time, parallelism] = match.slice(1).map(Number) as [number, number, number]
  return (
    parallelism >= 1 &&
    parallelism <= maxParallelism &&
    memory >= 8 * parallelism &&
    memory <= maxMemoryCost &&
    time >= 1 &&
    time <= maxTimeCost
  )
}
