/** Reads config entries of a node from the tables: the current state of given keys, or page after page of all it has. */
import type { ConfigKind } from '@mailfleet/schema'
import type { DataSource } from 'typeorm'
import type { ChangedKey } from '../../changes/index.js'
import { projections, servedDomain, type Projection } from './projection.js'

export interface ConfigEntry {
  key: string
  version: number
  /** JSON text; null: this node has no such resource (any more). */
  resource: string | null
}

/** The rows of `projection.table` that node $1 may have, narrowed by `condition`. */
function rowsOf({ table, join = '', where, inDomain }: Projection, condition: string, within = ''): string {
  if (!inDomain) return `FROM ${table} ${join} WHERE ${where} AND ${condition}`
  return `FROM domain CROSS JOIN LATERAL (
      SELECT ${table}.* FROM ${table} ${join} WHERE ${where} ${within}
    ) AS ${table}
    WHERE ${servedDomain} AND ${condition}`
}

/** In the order of `keys`. */
export async function readEntries(
  dataSource: DataSource,
  mailNodeId: string,
  keys: readonly ChangedKey[],
): Promise<ConfigEntry[]> {
  const bodies = new Map<string, string>()
  for (const kind of new Set(keys.map((key) => key.kind))) {
    const projection = projections[kind]
    const rows: { id: string; body: string }[] = await dataSource.query(
      `SELECT ${projection.table}.id, ${projection.select}::text AS body
       ${rowsOf(projection, `${projection.table}.id = ANY($2::uuid[])`)}`,
      [mailNodeId, keys.filter((key) => key.kind === kind).map((key) => key.id)],
    )
    for (const row of rows) bodies.set(`${kind}/${row.id}`, row.body)
  }
  return keys.map(({ kind, id, version }) => {
    const key = `${kind}/${id}`
    return { key, version, resource: bodies.get(key) ?? null }
  })
}

/** Where a page ended: the domain (or the row itself, where it is in none) and the row. */
export type SnapshotCursor = [string, string]

export interface SnapshotPage {
  entries: ConfigEntry[]
  /** Where the next page begins; null after the last. */
  next: SnapshotCursor | null
}

const first: SnapshotCursor = ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000']

/**
 * One page in one statement, and so in one snapshot of the database that ends with it: no transaction is open while a slow
 * node takes its time. What changes between pages is in the log above `revision` and follows as a delta.
 *
 * Paged by (domain, row) with a limit within each domain, so that a page reads no more rows than it has.
 */
export async function readSnapshotPage(
  dataSource: DataSource,
  mailNodeId: string,
  kind: ConfigKind,
  revision: number,
  after: SnapshotCursor | null,
  limit: number,
): Promise<SnapshotPage> {
  const projection = projections[kind]
  const { table, select, inDomain } = projection
  const group = inDomain ? 'domain' : table
  const within = `AND (domain.id > $4::uuid OR ${table}.id > $5::uuid) ORDER BY ${table}.id LIMIT $3`
  const rows: { id: string; group_id: string; body: string; version: string }[] = await dataSource.query(
    `SELECT ${table}.id, ${group}.id AS group_id, ${select}::text AS body, coalesce((
       SELECT max(log.revision) FROM change_log AS log
       WHERE log.mail_node_id = $1 AND log.kind = '${kind}' AND log.resource_id = ${table}.id AND log.revision <= $2
     ), 0) AS version
     ${rowsOf(projection, `${group}.id >= $4::uuid AND (${group}.id, ${table}.id) > ($4::uuid, $5::uuid)`, within)}
     ORDER BY ${group}.id, ${table}.id LIMIT $3`,
    [mailNodeId, revision, limit, ...(after ?? first)],
  )
  const last = rows[rows.length - 1]
  return {
    entries: rows.map((row) => ({ key: `${kind}/${row.id}`, version: Number(row.version), resource: row.body })),
    next: last && rows.length === limit ? [last.group_id, last.id] : null,
  }
}
