/**
 * An entry for the tenant that something leaves. The trigger's own entry belongs to where it is now, and nobody of the former tenant
 * would ever see what became of it.
 */
import type { EntityManager } from 'typeorm'

export interface Departure {
  subjectType: string
  subjectId: string
  label: string
  fromTenantId: string
}

/** In the transaction of the change, and with its actor. Where it went is for those who see it there. */
export async function recordDeparture(manager: EntityManager, departure: Departure): Promise<void> {
  await manager.query(
    `INSERT INTO audit_entry (actor, operation_id, operation, change, subject_type, subject_id, label, tenant_id, tenant_path,
       before, after)
     SELECT audit_actor(), audit_operation_id(), audit_operation(), 'UPDATED', $1, $2, $3, tenant.id, tenant.path,
       jsonb_build_object('tenant_id', tenant.id), '{"tenant_id": null}'
     FROM tenant WHERE tenant.id = $4`,
    [departure.subjectType, departure.subjectId, departure.label, departure.fromTenantId],
  )
}
