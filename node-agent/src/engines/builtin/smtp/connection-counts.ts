/** Counts the open connections of each client network, over all ports that share the counter. */
import { clientNetwork } from '@mailfleet/schema'

export class ConnectionCounts {
  private readonly counts = new Map<string, number>()
  constructor(private readonly limit: number) {}

  /** False: at the limit already, and nothing was counted. */
  enter(address: string): boolean {
    const network = clientNetwork(address)
    const count = this.counts.get(network) ?? 0
    if (count >= this.limit) return false
    this.counts.set(network, count + 1)
    return true
  }

  leave(address: string): void {
    const network = clientNetwork(address)
    const count = (this.counts.get(network) ?? 1) - 1
    if (count > 0) this.counts.set(network, count)
    else this.counts.delete(network)
  }
}
