/**
 * Checks passwords against argon2id hashes off the event loop, at most a few at a time.
 *
 * A login that does not exist costs the same as one that does: it is checked against a hash that nothing matches, of the same
 * cost parameters as real ones. What was verified is remembered for minutes, as a MAC under a key that only this process has,
 * bound to the stored hash: a changed password is never answered from memory.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import { BoundedMap } from '../net/bounded-map.js'

export class VerifierBusyError extends Error {
  override name = 'VerifierBusyError'
}

/** Each one takes a thread of libuv's pool of four, which the file system needs too. */
const maxAtOnce = 2
/** Above it the wait would be longer than clients have patience. */
const maxWaiting = 200
const rememberForMs = 5 * 60_000
const maxRemembered = 50_000
const maxPasswordOctets = 1024

interface Parameters {
  memoryCost: number
  timeCost: number
  parallelism: number
}

/** What the control plane uses; replaced by the parameters of the hashes that are seen. */
const expectedParameters: Parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export class PasswordVerifier {
  private readonly key = randomBytes(32)
  private readonly remembered: BoundedMap<{ mac: Buffer; until: number }>
  private readonly unmatchable = new Map<string, Promise<string>>()
  private parameters = expectedParameters
  private running = 0
  private readonly waiting: (() => void)[] = []

  constructor(private readonly clock: () => number) {
    this.remembered = new BoundedMap(maxRemembered, clock)
  }

  /** `storedHash` null: there is no such account; false after as long as a wrong password takes. */
  async verify(account: string, storedHash: string | null, password: string): Promise<boolean> {
    const usable = Buffer.byteLength(password) <= maxPasswordOctets ? password : ''
    if (storedHash === null) {
      await this.check(await this.unmatchableHash(), usable)
      return false
    }
    this.parameters = parametersOf(storedHash) ?? this.parameters
    const mac = createHmac('sha256', this.key).update(`${storedHash}\0${usable}`).digest()
    const known = this.remembered.get(account)
    if (known !== undefined && timingSafeEqual(known.mac, mac)) return true
    if (!(await this.check(storedHash, usable)) || usable === '') return false
    this.remembered.set(account, { mac, until: this.clock() + rememberForMs })
    return true
  }

  private async check(storedHash: string, password: string): Promise<boolean> {
    if (this.running >= maxAtOnce) {
      if (this.waiting.length >= maxWaiting) throw new VerifierBusyError('too many sign-ins at once')
      // Whoever ends hands its place on.
      await new Promise<void>((resolve) => this.waiting.push(resolve))
    } else this.running += 1
    try {
      return await verify(storedHash, password)
    } catch {
      // A stored hash that argon2 cannot read matches nothing.
      return false
    } finally {
      const next = this.waiting.shift()
      if (next) next()
      else this.running -= 1
    }
  }

  private unmatchableHash(): Promise<string> {
    const { memoryCost, timeCost, parallelism } = this.parameters
    const name = `${memoryCost},${timeCost},${parallelism}`
    let made = this.unmatchable.get(name)
    if (made === undefined) {
      made = hash(randomBytes(32), { memoryCost, timeCost, parallelism })
      this.unmatchable.set(name, made)
    }
    return made
  }
}

/** From a PHC string. */
function parametersOf(storedHash: string): Parameters | null {
  const match = /^\$argon2id\$v=\d+\$m=(\d+),t=(\d+),p=(\d+)\$/.exec(storedHash)
  if (!match) return null
  return { memoryCost: Number(match[1]), timeCost: Number(match[2]), parallelism: Number(match[3]) }
}
