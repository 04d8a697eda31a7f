/**
 * What a replica does beside its requests: in steps, each of them whole, one at a time in this process. It is woken when there may
 * be something to do, and looks by itself now and then: for what a replica left that died before it woke anybody.
 *
 * Of several replicas each runs its own. A step that only one may run at a time takes an advisory lock.
 */
export interface BackgroundWorkOptions {
  /** Does some of what is to do and says whether there may be more. What it must keep is committed when it returns. */
  step(signal: AbortSignal): Promise<boolean>
  /** The longest time in ms until it looks by itself. */
  everyMs: number
  /** How long to wait after a wake, in ms: what comes in crowds is taken together. */
  gatherMs?: number
  /** After a failure it rests until the next wake or look. */
  onError(error: unknown): void
}

export class BackgroundWork {
  private readonly stopping = new AbortController()
  private readonly looking: NodeJS.Timeout
  private gathering: NodeJS.Timeout | null = null
  private running: Promise<void> | null = null
  private again = false

  constructor(private readonly options: BackgroundWorkOptions) {
    this.looking = setInterval(() => this.wake(), options.everyMs)
  }

  /** Returns at once. A step begins after this, also when one is under way. */
  wake(): void {
    if (this.stopping.signal.aborted || this.gathering) return
    if (this.options.gatherMs === undefined) return this.run()
    this.gathering = setTimeout(() => {
      this.gathering = null
      this.run()
    }, this.options.gatherMs)
  }

  /** Resolves when no step is under way or due. */
  async idle(): Promise<void> {
    while (this.running) await this.running
  }

  /** Lets the step under way end, which sees its signal aborted, and begins no other. */
  async stop(): Promise<void> {
    this.stopping.abort()
    clearInterval(this.looking)
    if (this.gathering) clearTimeout(this.gathering)
    await this.idle()
  }

  private run(): void {
    this.again = true
    this.running ??= this.drain().finally(() => {
      this.running = null
      if (this.again && !this.stopping.signal.aborted) this.run()
    })
  }

  private async drain(): Promise<void> {
    const { signal } = this.stopping
    while (this.again && !signal.aborted) {
      this.again = false
      try {
        while (!signal.aborted && (await this.options.step(signal)));
      } catch (error) {
        this.options.onError(error)
      }
    }
  }
}
