/** Counts the open connections of each client address, over all ports that share the counter. */
export class ConnectionCounts {
  private readonly counts = new Map<string, number>()
  constructor(private readonly limit: number) {}

  /** False: at the limit already, and nothing was counted. */
  enter(address: string): boolean {
    const count = this.counts.get(address) ?? 0
    if (count >= this.limit) return false
    this.counts.set(address, count + 1)
    return true
  }

  leave(address: string): void {
    const count = (this.counts.get(address) ?? 1) - 1
    if (count > 0) this.counts.set(address, count)
    else this.counts.delete(address)
  }
}
