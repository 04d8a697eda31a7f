/** Long requests in this process: some at once, and of one caller fewer, so that no one keeps all others out. */
import { ExpectedError } from '../errors.js'

const retryAfter = 5

export class AtOnce {
  private total = 0
  private readonly ofCallers = new Map<string, number>()

  constructor(private readonly limits: { all: number; each: number }) {}

  /** Throws RATE_LIMITED where there are too many. */
  async run<T>(caller: string, work: () => Promise<T>): Promise<T> {
    const own = this.ofCallers.get(caller) ?? 0
    if (this.total >= this.limits.all || own >= this.limits.each) {
      throw new ExpectedError('RATE_LIMITED', { params: { retryAfter } })
    }
    this.total += 1
    this.ofCallers.set(caller, own + 1)
    try {
      return await work()
    } finally {
      this.total -= 1
      const left = this.ofCallers.get(caller)! - 1
      if (left > 0) this.ofCallers.set(caller, left)
      else this.ofCallers.delete(caller)
    }
  }
}
