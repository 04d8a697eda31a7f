/** Sources through which somebody may come in at this moment. */
import type { EntityManager } from 'typeorm'
import type { Database } from '../platform/database.js'
import { isId } from '../platform/ids.js'
import { IdentitySource, isOfKind, type IdentitySourceKind, type SourceOf } from './identity-source.entity.js'

/** SQL over `source`. */
export const sourceIsActive = `source.status = 'ACTIVE' AND NOT EXISTS (
  SELECT FROM tenant AS own JOIN tenant AS above ON above.path @> own.path
  WHERE own.id = source.tenant_id AND (above.status = 'SUSPENDED' OR above.deleted_at IS NOT NULL))`

export async function activeSource<Kind extends IdentitySourceKind>(
  database: Database,
  kind: Kind,
  by: { id: string } | { emailDomain: string },
): Promise<SourceOf<Kind> | null> {
  if ('id' in by && !isId(by.id)) return null
  const [condition, value] =
    'id' in by
      ? ['source.id = $1', by.id]
      : ['source.id = (SELECT identity_source_id FROM identity_source_domain WHERE domain = $1)', by.emailDomain]
  const [row] = await database.query<{ id: string }>(
    `SELECT source.id FROM identity_source AS source WHERE ${condition} AND ${sourceIsActive} AND source.kind = $2`,
    [value, kind],
  )
  return row ? sourceById(database, kind, row.id) : null
}

export async function sourceById<Kind extends IdentitySourceKind>(
  database: Database,
  kind: Kind,
  id: string,
): Promise<SourceOf<Kind> | null> {
  const [source] = await database.find(IdentitySource, { where: { id }, relations: { tenant: true } })
  return source && isOfKind(source, kind) ? source : null
}

/** Again, in the transaction that lets somebody in: until it ends the source stays as it is. */
export async function lockedSource<Kind extends IdentitySourceKind>(
  manager: EntityManager,
  { id, version, kind }: SourceOf<Kind>,
): Promise<SourceOf<Kind> | null> {
  const rows: unknown[] = await manager.query(
    `SELECT FROM identity_source AS source WHERE id = $1 AND version = $2 AND ${sourceIsActive} FOR SHARE`,
    [id, version],
  )
  if (rows.length === 0) return null
  const source = await manager.findOne(IdentitySource, { where: { id }, relations: { tenant: true } })
  return source && isOfKind(source, kind) ? (source as SourceOf<Kind>) : null
}
