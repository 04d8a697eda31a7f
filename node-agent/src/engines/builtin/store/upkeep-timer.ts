/** Runs the shards' upkeep in the background: removals that were put off, and space to be given back. */
import type { Shard } from './shard/shard.js'

const dayMs = 24 * 60 * 60 * 1000
/** So that deliveries go on in between. */
const filesPerCall = 200

export function startUpkeep(shards: Shard[], purgeAfterDays: () => number, intervalMs: number) {
  let running: Promise<void> | null = null
  let stopped = false

  async function upkeepOf(shard: Shard): Promise<void> {
    const closedBefore = Date.now() - purgeAfterDays() * dayMs
    try {
      while (!stopped && (await shard.call<boolean>('upkeep', { closedBefore })));
    } finally {
      // Also when a full disk stops the rest: this is what makes room.
      const names = stopped ? [] : shard.reader.releasedFiles()
      for (let at = 0; at < names.length && !stopped; at += filesPerCall)
        await shard.call('removeFiles', names.slice(at, at + filesPerCall))
    }
  }

  /** A shard that cannot write has told so through its writer; its upkeep waits for better times. */
  const run = (): Promise<void> =>
    (running ??= Promise.allSettled(shards.map(upkeepOf)).then(() => {
      running = null
    }))

  const timer = setInterval(run, intervalMs)
  timer.unref()
  return {
    async stop(): Promise<void> {
      stopped = true
      clearInterval(timer)
      await running
    },
  }
}
