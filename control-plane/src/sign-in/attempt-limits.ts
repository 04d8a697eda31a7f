/**
 * How often passwords may be tried: counted before a try is looked at, and given back when it was right, so that many at
 * once do not pass. The counters are in PostgreSQL and hold for all replicas together.
 */
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible'
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'

const windowSeconds = 900
const perLogin = 10
const perAddress = 50

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

interface Counter {
  limiter: RateLimiterPostgres
  key: string
}

export class AttemptLimits {
  private readonly byLogin: RateLimiterPostgres
  private readonly byAddress: RateLimiterPostgres

  constructor(database: Database) {
    const limiter = (keyPrefix: string, points: number) =>
      new RateLimiterPostgres({
        // pg's pool; TypeORM gives no type to it.
        storeClient: (database.dataSource.driver as unknown as { master: unknown }).master,
        storeType: 'pool',
        tableName: 'sign_in_attempt',
        tableCreated: true,
        clearExpiredByTimeout: true,
        keyPrefix,
        points,
        duration: windowSeconds,
        blockDuration: windowSeconds,
      })
    this.byLogin = limiter('login', perLogin)
    this.byAddress = limiter('ip', perAddress)
  }

  /** Counts one try, or throws RATE_LIMITED. The function returned gives it back. */
  async take(login: string, address: string): Promise<() => Promise<void>> {
    const counters: Counter[] = [
      { limiter: this.byAddress, key: networkOf(address) },
      // Keys have a bound length in the database.
      { limiter: this.byLogin, key: login.slice(0, 200) },
    ]
    for (const { limiter, key } of counters) {
      try {
        await limiter.consume(key)
      } catch (refusal) {
        if (refusal instanceof Error) throw refusal
        const seconds = Math.max(1, Math.ceil((refusal as RateLimiterRes).msBeforeNext / 1_000))
        throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: seconds } })
      }
    }
    return async () => {
      await Promise.all([this.byAddress.reward(networkOf(address)), this.byLogin.delete(login.slice(0, 200))])
    }
  }
}
