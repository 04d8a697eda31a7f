/** Bounds how many sessions read and decode bodies for SEARCH at the same time; the others wait their turn. */
export class BodySearchSlots {
  private running = 0
  private readonly waiting: (() => void)[] = []

  constructor(private readonly slots: number) {}

  async run<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.running >= this.slots) await new Promise<void>((resolve) => this.waiting.push(resolve))
    else this.running++
    try {
      return await work()
    } finally {
      // The slot goes straight to the next in line, so that nobody overtakes.
      const next = this.waiting.shift()
      if (next) next()
      else this.running--
    }
  }
}
