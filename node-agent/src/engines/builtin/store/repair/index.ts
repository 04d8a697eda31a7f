/** The repair of the store at its start, shard by shard. */
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDamaged } from '../../../../durable/set-aside.js'
import { makeShardFolder, type StoreLayout } from '../store-layout.js'
import { healShard } from './heal-shard.js'

/** Damage was met while serving: the next start looks through everything, however large it is. */
const requestFile = (dataDir: string): string => join(dataDir, 'inspect-at-start')
export const askForInspection = (dataDir: string): void => {
  try {
    writeFileSync(requestFile(dataDir), '')
  } catch {
    // The disk may be the very thing that fails; the problem has been told already.
  }
}

/** What was mended. A shard that cannot be is left as it is, and will not open. */
export function healShards(dataDir: string, layout: StoreLayout): string[] {
  const thorough = existsSync(requestFile(dataDir))
  const healed: string[] = []
  for (let index = 0; index < layout.shards; index++) {
    try {
      const done = healShard(makeShardFolder(dataDir, index), layout.id, thorough)
      if (done) healed.push(`part ${index} of the mail store was damaged and has been mended: ${done}`)
    } catch (error) {
      if (!isDamaged(error)) throw error
    }
  }
  rmSync(requestFile(dataDir), { force: true })
  return healed
}
