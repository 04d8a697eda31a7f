/**
 * Recomputes the chain and compares it with what it says of itself and with what nodes hold. Finds the first entry that was
 * changed, removed or slipped in, by its sequence.
 */
import type { Database } from '../platform/database.js'
import { hashOf } from './chain.js'

export type AuditFault =
  /** An entry's content does not give its hash. */
  | 'CHANGED'
  /** A sequence is missing. */
  | 'REMOVED'
  /** The chain ends before or elsewhere than its head. */
  | 'CUT'
  /** A node holds another hash of this entry: the chain was made anew. */
  | 'REWRITTEN'

export interface AuditVerification {
  /** Entries that were looked at. */
  entries: number
  /** The last one that is in order. */
  verifiedTo: number
  /** The last one that there is. */
  head: number
  fault: AuditFault | null
  /** Sequence of the entry at fault. */
  faultAt: number | null
  /** Checkpoints of nodes that were compared. */
  checkpoints: number
}

/** So many entries a call at most; the next call goes on behind them. */
const maxEntries = 100_000
const pageSize = 2_000

interface Row {
  sequence: string
  hash: Buffer
  content: string
}

/** `after`: the sequence of an entry that was found in order before, or 0 for the beginning. */
export async function verifyChain(database: Database, after = 0): Promise<AuditVerification> {
  const [row] = await database.query<{ sequence: string; hash: Buffer; chain_id: string }>(
    'SELECT sequence, hash, chain_id FROM audit_head',
  )
  const head = Number(row!.sequence)
  const held = await checkpointsBehind(database, after)
  let at = after
  let compared = 0
  const result = (fault: AuditFault | null = null): AuditVerification => ({
    entries: at - after,
    verifiedTo: at,
    head,
    fault,
    faultAt: fault === null ? null : at + 1,
    checkpoints: compared,
  })
  if (after > head) return result('CUT')
  let previous = await hashAt(database, after)
  if (previous === null) return result('REMOVED')
  while (at < head && at - after < maxEntries) {
    const rows = await database.query<Row>(
      `SELECT sequence, hash, audit_content(audit_entry) AS content FROM audit_entry
       WHERE sequence > $1 AND sequence <= $2 ORDER BY sequence LIMIT $3`,
      [at, head, pageSize],
    )
    for (const { sequence, hash, content } of rows) {
      if (Number(sequence) !== at + 1) return result('REMOVED')
      if (!hashOf(previous, content).equals(hash)) return result('CHANGED')
      const checkpoints = held.get(at + 1) ?? []
      if (checkpoints.some((known) => known.chain_id !== row!.chain_id || !known.hash.equals(hash))) {
        return result('REWRITTEN')
      }
      compared += checkpoints.length
      previous = hash
      at++
    }
    if (rows.length === 0) return result('REMOVED')
  }
  if (at < head) return result()
  // A node that holds a later checkpoint has seen a longer chain.
  const longer = [...held.keys()].some((sequence) => sequence > head)
  return previous.equals(row!.hash) && !longer ? result() : result('CUT')
}

/** Null where that entry is not there. */
async function hashAt(database: Database, sequence: number): Promise<Buffer | null> {
  if (sequence === 0) return Buffer.alloc(0)
  const [row] = await database.query<{ hash: Buffer }>('SELECT hash FROM audit_entry WHERE sequence = $1', [sequence])
  return row?.hash ?? null
}

interface Checkpoint {
  sequence: string
  hash: Buffer
  chain_id: string
}

async function checkpointsBehind(database: Database, after: number): Promise<Map<number, Checkpoint[]>> {
  const rows = await database.query<Checkpoint>(
    'SELECT sequence, hash, chain_id FROM audit_checkpoint_report WHERE sequence > $1',
    [after],
  )
  const held = new Map<number, Checkpoint[]>()
  for (const row of rows) held.set(Number(row.sequence), [...(held.get(Number(row.sequence)) ?? []), row])
  return held
}
