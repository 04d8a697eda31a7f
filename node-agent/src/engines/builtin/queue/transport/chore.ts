/** Something to be done at its start and every so often, never twice at once, that a shut-down cuts short. */
export class Chore {
  private readonly abort = new AbortController()
  private readonly timer: NodeJS.Timeout
  private running: Promise<void> | null = null

  constructor(
    everyMs: number,
    private readonly step: (signal: AbortSignal) => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => this.run(), everyMs).unref()
    this.run()
  }

  /** Resolves when nothing of it runs any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer)
    this.abort.abort()
    await this.running
  }

  private run(): void {
    const { signal } = this.abort
    this.running ??= this.step(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.onError(error)
      })
      .finally(() => (this.running = null))
  }
}
