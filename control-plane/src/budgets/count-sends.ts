/** Counts what is submitted, by tenant, node and day (UTC), as events of it come in. */
import type { EntityManager } from 'typeorm'

interface CountedRow {
  at: string
  type: string
  protocol: string | null
  tenant_id: string | null
}

/** Days that are longer past are of no budget, and are swept. */
const keptDays = 40

export async function countSends(
  manager: EntityManager,
  mailNodeId: string,
  rows: readonly CountedRow[],
): Promise<void> {
  const counts = new Map<string, number>()
  for (const { at, type, protocol, tenant_id } of rows) {
    if (type !== 'ACCEPTED' || protocol !== 'SUBMISSION' || tenant_id === null) continue
    const key = `${tenant_id} ${at.slice(0, 10)}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  if (counts.size === 0) return
  const keys = [...counts.keys()].map((key) => key.split(' '))
  // In one order everywhere, so that two batches do not wait for each other.
  await manager.query(
    `INSERT INTO sent_in_day AS sent (tenant_id, mail_node_id, day, messages)
     SELECT tenant.id, $1, told.day, told.messages
     FROM unnest($2::uuid[], $3::date[], $4::bigint[]) AS told (tenant_id, day, messages)
     JOIN tenant ON tenant.id = told.tenant_id ORDER BY tenant.id, told.day
     ON CONFLICT (tenant_id, mail_node_id, day) DO UPDATE SET messages = sent.messages + excluded.messages`,
    [mailNodeId, keys.map(([tenantId]) => tenantId), keys.map(([, day]) => day), [...counts.values()]],
  )
}

export const sweepSends = (manager: EntityManager): Promise<unknown> =>
  manager.query(`DELETE FROM sent_in_day WHERE day < (now() AT TIME ZONE 'UTC')::date - ${keptDays}`)
