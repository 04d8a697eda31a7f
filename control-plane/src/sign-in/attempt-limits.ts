/**
 * How often passwords may be tried: counted before a try is looked at, and given back when it was right, so that many at
 * once do not pass. The counters are in PostgreSQL and hold for all replicas together.
 */
import { createHash } from 'node:crypto'
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'

const windowSeconds = 900
/**
 * Of one login from one network; of one network; of one login from everywhere, where others could lock its owner out; of one
 * account's second factor, to which only who has the password comes; challenges for passkeys, given to a
 * network that has said nothing yet.
 */
const limits = { pair: 10, network: 50, login: 100, factor: 10, challenge: 200 }

/** An attacker who has a /64 has all its addresses. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address
  const [head = '', tail = ''] = address.split('::')
  const groups = head.split(':').filter(Boolean)
  const rest = tail.split(':').filter(Boolean)
  const full = address.includes('::')
    ? [...groups, ...Array<string>(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
    : groups
  return full.slice(0, 4).join(':')
}

type Counter = keyof typeof limits
type PasswordCounter = 'pair' | 'network' | 'login'

export class AttemptLimits {
  private readonly limiters: Record<Counter, RateLimiterPostgres>

  constructor(database: Database) {
    const limiter = (keyPrefix: Counter) =>
      new RateLimiterPostgres({
        // pg's pool; TypeORM gives no type to it.
        storeClient: (database.dataSource.driver as unknown as { master: unknown }).master,
        storeType: 'pool',
        tableName: 'sign_in_attempt',
        tableCreated: true,
        clearExpiredByTimeout: true,
        keyPrefix,
        points: limits[keyPrefix],
        duration: windowSeconds,
        blockDuration: windowSeconds,
      })
    this.limiters = {
      pair: limiter('pair'),
      network: limiter('network'),
      login: limiter('login'),
      factor: limiter('factor'),
      challenge: limiter('challenge'),
    }
  }

  /** Counts one try, or throws RATE_LIMITED. The function returned gives it back. */
  async take(login: string, address: string): Promise<() => Promise<void>> {
    const network = networkOf(address)
    // A digest, since keys have a bound length in the database.
    const name = createHash('sha256').update(login).digest('base64url')
    const keys: Record<PasswordCounter, string> = { network, pair: `${name}@${network}`, login: name }
    for (const counter of Object.keys(keys) as PasswordCounter[]) await this.consume(counter, keys[counter])
    return async () => {
      await this.limiters.pair.delete(keys.pair)
      await Promise.all([this.limiters.network.reward(network), this.limiters.login.reward(name)])
    }
  }

  /** The same for a code of the second factor. */
  async takeFactor(administratorId: string): Promise<() => Promise<void>> {
    await this.consume('factor', administratorId)
    return async () => void (await this.limiters.factor.delete(administratorId))
  }

  async takeChallenge(address: string): Promise<void> {
    await this.consume('challenge', networkOf(address))
  }

  private async consume(counter: Counter, key: string): Promise<void> {
    try {
      await this.limiters[counter].consume(key)
    } catch (refusal) {
      if (refusal instanceof Error) throw refusal
      const seconds = Math.max(1, Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1_000))
      throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: seconds } })
    }
  }
}
