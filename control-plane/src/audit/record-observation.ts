/**
 * An entry for what became of an object without anybody's change, as was found out: of no actor. So whoever follows the object, by
 * subscription, webhook or in the trail, hears of it as of any other change.
 */
import type { EntityManager } from 'typeorm'

export interface Observation {
  subjectType: string
  subjectId: string
  label: string
  tenantId: string
  before: object
  after: object
}

/** In the transaction that keeps what was found. */
export async function recordObservation(manager: EntityManager, observation: Observation): Promise<void> {
  const { subjectType, subjectId, label, tenantId, before, after } = observation
  await manager.query(
    `INSERT INTO audit_entry (change, subject_type, subject_id, label, tenant_id, tenant_path, before, after)
     SELECT 'UPDATED', $1, $2, $3, tenant.id, tenant.path, $5, $6 FROM tenant WHERE tenant.id = $4`,
    [subjectType, subjectId, label, tenantId, JSON.stringify(before), JSON.stringify(after)],
  )
}
