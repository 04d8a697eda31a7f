/**
 * Kills the product's processes by SIGKILL, one after the other in random order, each at a random moment after the last
 * one is back; now and then again while it is still starting.
 */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { canConnect } from '../support/ports.js'
import type { ProcessName, Product } from '../support/product.js'

const longestRecovery = 60_000

export class Chaos {
  private readonly killed: ProcessName[] = []
  private running: Promise<void> | null = null
  private stopped = false

  constructor(private readonly product: Product) {}

  start(): void {
    this.running = this.run()
  }

  /** Waits until everything is back, and answers who was killed, in order. */
  async stop(): Promise<ProcessName[]> {
    this.stopped = true
    await this.running
    await this.recovered()
    return this.killed
  }

  private async run(): Promise<void> {
    const victims = this.product.processes
    // Each once at first, so that even a fast run meets all of them.
    for (let round = 0; !this.stopped; round++) {
      await sleep(randomInt(200, 1_500))
      const victim = round < victims.length ? victims[round]! : victims[randomInt(victims.length)]!
      if (this.stopped) return
      if (this.product.kill(victim)) this.killed.push(victim)
      if (randomInt(4) > 0) await this.recovered()
    }
  }

  private async recovered(): Promise<void> {
    await this.product.healthy(longestRecovery)
    for (const end = Date.now() + longestRecovery; Date.now() < end; await sleep(50))
      if (await canConnect(this.product.ports.smtp)) return
    throw new Error(`the node did not come back:\n${this.product.logs()}`)
  }
}
