/**
 * SCRAM tells whoever asks the salt and the iterations of an account, before any proof. For logins that do not exist, or have no
 * verifier, they are made up: the same each time, over restarts too, or the account would be known by its salt that stays.
 */
import { createHmac, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { ScramVerifier } from '@mailfleet/schema'
import { replaceFile } from '../../../durable/replace-file.js'

/** What the control plane uses; replaced by what is seen. */
const expectedIterations = 65_536

export class DecoyVerifiers {
  private iterations = expectedIterations
  private saltOctets = 16

  constructor(private readonly secret: Buffer) {}

  /** `known`, or where there is none one that nothing matches. */
  unless(known: ScramVerifier | null | undefined, login: string): ScramVerifier {
    if (known) {
      this.iterations = known.iterations
      this.saltOctets = Buffer.from(known.salt, 'base64').length
      return known
    }
    return {
      salt: createHmac('sha256', this.secret).update(login).digest().subarray(0, this.saltOctets).toString('base64'),
      iterations: this.iterations,
      storedKey: randomBytes(32).toString('base64'),
      serverKey: randomBytes(32).toString('base64'),
    }
  }
}

/** From its file, which is made where it is missing. */
export function readDecoySecret(path: string): Buffer {
  const held = existsSync(path) ? Buffer.from(readFileSync(path, 'utf8'), 'base64') : null
  if (held?.length === 32) return held
  const made = randomBytes(32)
  replaceFile(path, made.toString('base64'))
  return made
}
