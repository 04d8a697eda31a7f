/**
 * How often passwords may be tried: counted before a try is looked at, and given back when it was right, so that many at
 * once do not pass. The counters are in PostgreSQL and hold for all replicas together.
 */
import { createHash } from 'node:crypto'
import { clientNetwork } from '@mailfleet/schema'
import { RateLimiterPostgres, type RateLimiterRes } from 'rate-limiter-flexible'
import { countSignIns, type SignInOutcome } from '../bans/index.js'
import { inScope } from '../platform/database-scope.js'
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'

const windowSeconds = 900
/**
 * Of one login from one network; of one network; of one login from everywhere, where others could lock its owner out; of one
 * account's second factor, to which only who has the password comes; challenges for passkeys, given to a
 * network that has said nothing yet.
 */
const limits = { pair: 10, network: 50, login: 100, factor: 10, challenge: 200 }

type Counter = keyof typeof limits
type PasswordCounter = 'pair' | 'network' | 'login'

export class AttemptLimits {
  private readonly limiters: Record<Counter, RateLimiterPostgres>

  constructor(private readonly database: Database) {
    // pg's; TypeORM gives no type to it. Whoever's request counts, the counters are the system's.
    const { master: pool } = database.dataSource.driver as unknown as { master: { query(sql: unknown): unknown } }
    const limiter = (keyPrefix: Counter) =>
      new RateLimiterPostgres({
        storeClient: { query: (statement: unknown) => inScope({}, () => pool.query(statement)) },
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
    await this.refuseBanned(address)
    const network = clientNetwork(address)
    // A digest, since keys have a bound length in the database.
    const name = createHash('sha256').update(login).digest('base64url')
    const keys: Record<PasswordCounter, string> = { network, pair: `${name}@${network}`, login: name }
    for (const counter of Object.keys(keys) as PasswordCounter[]) await this.consume(counter, keys[counter])
    return async () => {
      await this.tell({ address, failures: 0, succeeded: true })
      await this.limiters.pair.delete(keys.pair)
      await Promise.all([this.limiters.network.reward(network), this.limiters.login.reward(name)])
    }
  }

  /** A wrong login or password, for the counter that all nodes share: `take` is of this API alone. */
  async failed(address: string): Promise<void> {
    await this.tell({ address, failures: 1, succeeded: false })
  }

  private async tell(outcome: SignInOutcome): Promise<void> {
    await this.database.transaction((manager) => countSignIns(manager, [outcome]))
  }

  private async refuseBanned(address: string): Promise<void> {
    const [ban] = await this.database.query<{ seconds: number }>(
      'SELECT ceil(extract(epoch FROM until - now()))::integer AS seconds FROM ban WHERE network = $1 AND until > now()',
      [clientNetwork(address)],
    )
    if (ban) throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: Math.max(1, ban.seconds) } })
  }

  /** The same for a code of the second factor. */
  async takeFactor(administratorId: string): Promise<() => Promise<void>> {
    await this.consume('factor', administratorId)
    return async () => void (await this.limiters.factor.delete(administratorId))
  }

  async takeChallenge(address: string): Promise<void> {
    await this.refuseBanned(address)
    await this.consume('challenge', clientNetwork(address))
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
