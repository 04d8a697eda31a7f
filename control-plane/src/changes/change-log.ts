/**
 * Reads of the change log, for one node at a time.
 *
 * The head is read in the same statement as the rows, and so one snapshot decides both. Whoever reads a row of the log and
 * then the resource's table sees the change: a record enters the log only after its transaction has committed.
 */
import type { ConfigKind } from '@mailfleet/schema'
import type { DataSource } from 'typeorm'

export interface LogHead {
  epoch: string
  revision: number
  /** The log is whole above this revision; at or below it rows may be missing. */
  compactedTo: number
}

export interface ChangedKey {
  kind: ConfigKind
  id: string
  /** The key's first change in the range asked for. */
  revision: number
  /** Its last. */
  version: number
}

export async function readHead(dataSource: DataSource): Promise<LogHead> {
  const [row] = await dataSource.query('SELECT epoch, revision, compacted_to FROM change_head')
  return { epoch: row.epoch, revision: Number(row.revision), compactedTo: Number(row.compacted_to) }
}

export interface ChangeRange {
  mailNodeId: string
  /** Where the node was when this catching-up began. */
  base: number
  /** Keys are already sent up to here. */
  after: number
  upTo: number
  limit: number
}

/**
 * The keys of a node that changed in (base, upTo], each once, at its first change there, beginning after `after`.
 * Null where the log is not whole any more above `after`.
 */
export async function readChangedKeys(dataSource: DataSource, range: ChangeRange): Promise<ChangedKey[] | null> {
  const rows = await dataSource.query(
    `SELECT head.compacted_to, page.kind, page.resource_id, page.revision, page.version
     FROM change_head AS head
     LEFT JOIN LATERAL (
       SELECT log.kind, log.resource_id, log.revision,
         (SELECT max(last.revision) FROM change_log AS last
          WHERE last.mail_node_id = log.mail_node_id AND last.kind = log.kind
            AND last.resource_id = log.resource_id AND last.revision <= $4) AS version
       FROM change_log AS log
       WHERE log.mail_node_id = $1 AND log.revision > $3 AND log.revision <= $4
         AND NOT EXISTS (
           SELECT 1 FROM change_log AS earlier
           WHERE earlier.mail_node_id = log.mail_node_id AND earlier.kind = log.kind
             AND earlier.resource_id = log.resource_id AND earlier.revision > $2 AND earlier.revision < log.revision)
       ORDER BY log.revision LIMIT $5
     ) AS page ON true`,
    [range.mailNodeId, range.base, range.after, range.upTo, range.limit],
  )
  if (Number(rows[0].compacted_to) > range.after) return null
  return rows
    .filter((row: { kind: string | null }) => row.kind !== null)
    .map((row: { kind: ConfigKind; resource_id: string; revision: string; version: string }) => ({
      kind: row.kind,
      id: row.resource_id,
      revision: Number(row.revision),
      version: Number(row.version),
    }))
}

/** The newest revision that concerns each of these nodes. */
export async function readDesiredRevisions(
  dataSource: DataSource,
  mailNodeIds: readonly string[],
): Promise<Map<string, number>> {
  const rows: { id: string; revision: string | null }[] = await dataSource.query(
    `SELECT node.id, (SELECT max(revision) FROM change_log WHERE mail_node_id = node.id) AS revision
     FROM unnest($1::uuid[]) AS node (id)`,
    [mailNodeIds],
  )
  return new Map(rows.map((row) => [row.id, Number(row.revision ?? 0)]))
}
