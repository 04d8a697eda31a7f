/**
 * A gauge whose values are looked up when somebody scrapes. A look-up that fails or hangs leaves the gauge without values: a
 * metric that is absent can be alerted on, and neither a stale value nor a scrape that fails as a whole misleads.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { Gauge, type Registry } from 'prom-client'

export interface Sample {
  labels?: Record<string, string>
  value: number
}

export interface SampledGaugeOptions {
  name: string
  help: string
  labelNames?: string[]
  sample: () => Sample[] | Promise<Sample[]>
}

const timeoutMs = 3_000

export function sampledGauge(registry: Registry, { name, help, labelNames = [], sample }: SampledGaugeOptions): void {
  new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      this.reset()
      const samples = await soon(sample).catch((): Sample[] => [])
      // A gauge without labels has the value 0 from its reset on.
      if (samples.length === 0 && labelNames.length === 0) this.remove()
      for (const { labels = {}, value } of samples) this.set(labels, value)
    },
  })
}

async function soon(sample: SampledGaugeOptions['sample']): Promise<Sample[]> {
  const done = new AbortController()
  const late = sleep(timeoutMs, [], { signal: done.signal }).catch((): Sample[] => [])
  try {
    return await Promise.race([sample(), late])
  } finally {
    done.abort()
  }
}
