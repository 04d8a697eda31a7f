/** Exponential back-off with full jitter: a thousand nodes whose control plane restarts come back spread out. */
import { setTimeout as sleep } from 'node:timers/promises'

export class BackOff {
  private failures = 0
  constructor(
    private readonly baseMs: number,
    private readonly capMs: number,
    private readonly random: () => number = Math.random,
  ) {}

  reset(): void {
    this.failures = 0
  }

  /** The next delay; grows with each call since the last reset. */
  next(): number {
    const ceiling = Math.min(this.capMs, this.baseMs * 2 ** Math.min(this.failures++, 30))
    return Math.round(this.random() * ceiling)
  }

  /** Resolves after the next delay, or at once when aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    await sleep(this.next(), undefined, { signal }).catch(() => undefined)
  }
}
