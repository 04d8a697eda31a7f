/** A flag that one waiter waits for. Set while nobody waits, it is kept: no wake is lost, and many count as one. */
export class Wake {
  private set = false
  private resume: (() => void) | null = null

  fire = (): void => {
    this.set = true
    this.resume?.()
  }

  /** Resolves at the flag, after `timeoutMs`, or at the abort, and clears the flag. Leaves no timer or listener behind. */
  async wait(signal: AbortSignal, timeoutMs: number): Promise<'woken' | 'timeout' | 'aborted'> {
    if (!this.set && !signal.aborted) {
      let timer: NodeJS.Timeout | undefined
      await new Promise<void>((resolve) => {
        this.resume = resolve
        timer = setTimeout(resolve, timeoutMs)
        signal.addEventListener('abort', this.fire, { once: true })
      })
      clearTimeout(timer)
      signal.removeEventListener('abort', this.fire)
      this.resume = null
    }
    const woken = this.set
    this.set = false
    return signal.aborted ? 'aborted' : woken ? 'woken' : 'timeout'
  }
}
