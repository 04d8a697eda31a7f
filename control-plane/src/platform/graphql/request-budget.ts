/**
 * How much may be asked for a minute, in points of cost: by one viewer, and by all from one address together. Kept in this
 * process, since a look at the database with each request would cost more than most requests do: with N replicas it is up to
 * N times as much. (Tries of passwords are counted in the database, for all replicas together.)
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import { ExpectedError } from '../errors.js'

const windowSeconds = 60

export interface RequestBudgetOptions {
  /** Points a minute of one viewer; 0 is without bound. */
  viewer: number
}

/** Whoever is not signed in has little to ask for. */
const anonymousShare = 0.02
/** People behind one address, such as an office, are many. */
const addressShare = 10

export interface Spent {
  requested: number
  remaining: number
  resetSeconds: number
}

export class RequestBudget {
  private readonly viewers: RateLimiterMemory
  private readonly strangers: RateLimiterMemory
  private readonly addresses: RateLimiterMemory

  constructor(private readonly options: RequestBudgetOptions) {
    const limiter = (share: number) =>
      new RateLimiterMemory({ points: Math.max(1, Math.round(options.viewer * share)), duration: windowSeconds })
    this.viewers = limiter(1)
    this.strangers = limiter(anonymousShare)
    this.addresses = limiter(addressShare)
  }

  /** Throws RATE_LIMITED where there is not enough left. Null: without bound. */
  async spend(viewer: string | null, address: string, requested: number): Promise<Spent | null> {
    if (this.options.viewer === 0) return null
    const points = Math.max(1, requested)
    await consume(this.addresses, address, points)
    const left = await (viewer === null
      ? consume(this.strangers, address, points)
      : consume(this.viewers, viewer, points))
    return { requested: points, remaining: left.remainingPoints, resetSeconds: secondsUntil(left) }
  }

  /**
   * For work that goes on for long: waits where others are refused, and once half of the budget is spent, only as much is spent
   * as comes back meanwhile, so that its viewer can do other things beside it.
   */
  async spendPaced(viewer: string, address: string, requested: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        const spent = await this.spend(viewer, address, requested)
        const half = this.options.viewer / 2
        if (spent && spent.remaining < half)
          await sleep((spent.requested / half) * windowSeconds * 1_000, null, { signal })
        return
      } catch (error) {
        if (!(error instanceof ExpectedError)) throw error
        await sleep(retryAfterOf(error) * 1_000, null, { signal })
      }
    }
  }
}

export const retryAfterOf = ({ params }: ExpectedError): number =>
  Number(params.find(({ name }) => name === 'retryAfter')?.value ?? 1)

const secondsUntil = ({ msBeforeNext }: RateLimiterRes): number => Math.max(1, Math.ceil(msBeforeNext / 1_000))

async function consume(limiter: RateLimiterMemory, key: string, points: number): Promise<RateLimiterRes> {
  try {
    return await limiter.consume(key, points)
  } catch (refusal) {
    if (!(refusal instanceof RateLimiterRes)) throw refusal
    throw new ExpectedError('RATE_LIMITED', { params: { retryAfter: secondsUntil(refusal) } })
  }
}
