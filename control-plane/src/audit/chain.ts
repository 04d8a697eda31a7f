/**
 * Chains committed entries: each gets the next sequence and SHA-256 over the hash before it and its content, so that an entry that
 * is changed, removed or slipped in later breaks the chain at its place.
 *
 * Entries are written unchained, since a chain within each transaction would let only one of them commit at a time. Whichever
 * replica holds the advisory lock chains what was committed before, some milliseconds later. Nodes ask for the head now and
 * then and keep it: who rewrites the whole chain in the database cannot rewrite what they hold.
 */
import { createHash } from 'node:crypto'
import type { DataSource, EntityManager } from 'typeorm'
import { auditChainLock, auditChannel } from './channels.js'

const batchSize = 500

export const hashOf = (previous: Buffer, content: string): Buffer =>
  createHash('sha256').update(previous).update(content).digest()

interface Unchained {
  id: string
  content: string
}

/** How many entries it chained: 0 when there were none. */
export async function chainEntries(dataSource: DataSource): Promise<number> {
  return dataSource.transaction('READ COMMITTED', async (manager) => {
    await manager.query('SELECT pg_advisory_xact_lock($1)', [auditChainLock])
    const [head] = await manager.query('SELECT sequence, hash FROM audit_head')
    const entries: Unchained[] = await manager.query(
      `SELECT id, audit_content(audit_entry) AS content FROM audit_entry
       WHERE sequence IS NULL ORDER BY ordinal LIMIT $1`,
      [batchSize],
    )
    if (entries.length > 0) await append(manager, Number(head.sequence), head.hash, entries)
    return entries.length
  })
}

async function append(manager: EntityManager, from: number, hash: Buffer, entries: Unchained[]): Promise<void> {
  const hashes: Buffer[] = []
  for (const { content } of entries) hashes.push((hash = hashOf(hash, content)))
  await manager.query(
    `UPDATE audit_entry SET sequence = chained.sequence, hash = chained.hash
     FROM unnest($1::uuid[], $2::bigint[], $3::bytea[]) AS chained (id, sequence, hash) WHERE audit_entry.id = chained.id`,
    [entries.map((entry) => entry.id), entries.map((_, index) => from + index + 1), hashes],
  )
  await manager.query(
    `WITH head AS (UPDATE audit_head SET sequence = $1, hash = $2 RETURNING sequence)
     SELECT pg_notify($3, sequence::text) FROM head`,
    [from + entries.length, hash, auditChannel],
  )
}
