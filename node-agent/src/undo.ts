/** What has been started, to be stopped in reverse order, whatever one of the steps says. */
type Step = (graceMs: number) => unknown

export class Undo {
  private readonly steps: Step[] = []

  add(step: Step): void {
    this.steps.push(step)
  }

  /** Rejects with the first failure, after all steps have run. */
  async run(graceMs: number): Promise<void> {
    const failures: unknown[] = []
    for (let step = this.steps.pop(); step; step = this.steps.pop()) {
      try {
        await step(graceMs)
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
