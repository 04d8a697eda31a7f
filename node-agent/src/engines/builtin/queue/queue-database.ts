/** Opens the queue's database and the folder of its bodies, and reads once all that the queue will need of it. */
import { existsSync, readdirSync, renameSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { syncFolder } from '../../../durable/folder-sync.js'
import { setAside } from '../../../durable/set-aside.js'
import { Writer } from '../../../durable/writer.js'
import { BodyStore } from './body-store.js'
import { QueueReader } from './queue-reader.js'
import type { PendingRow } from './queue-reader.js'

export interface QueueDatabase {
  writer: Writer
  reader: QueueReader
  bodies: BodyStore
  /** All that is owed, oldest first. */
  pending: PendingRow[]
}

const databaseName = 'queue.db'
export const bodiesName = 'bodies'

export async function openDatabase(dataDir: string): Promise<QueueDatabase> {
  const path = join(dataDir, databaseName)
  const operations = new URL(`./queue-operations.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
  const writer = await Writer.open({ name: 'queue', path, operations })
  let reader: QueueReader | null = null
  try {
    reader = new QueueReader(path)
    // Before anything is removed: a database that cannot be read knows nothing of its bodies.
    const pending = reader.pending()
    const known = reader.bodyFiles()
    const bodies = new BodyStore(join(dataDir, bodiesName))
    await bodies.prepare(known)
    // A first start made these folders.
    await syncFolder(dataDir)
    await syncFolder(dirname(dataDir))
    return { writer, reader, bodies, pending }
  } catch (error) {
    reader?.close()
    await writer.close()
    throw error
  }
}

/** Bodies go with the rows that name them. Answers with the database's new name. */
export function setQueueAside(dataDir: string, now: Date): string {
  const aside = setAside(join(dataDir, databaseName), now)
  const bodies = join(dataDir, bodiesName)
  if (existsSync(bodies)) renameSync(bodies, `${aside}-${bodiesName}`)
  return aside
}

export const queuesSetAside = (dataDir: string): string[] =>
  readdirSync(dataDir).filter((name) => new RegExp(`^${databaseName}\\.damaged-[0-9TZ-]+$`).test(name))
