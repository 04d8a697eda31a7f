/** Look-ups of tenants that other objects need, batched. What they return is not yet checked against the viewer. */
import type { AdminContext } from '../access/index.js'
import { defineEntityLoader, defineLoader } from '../platform/loader.js'
import { Tenant } from './tenant.entity.js'

export const tenantById = defineEntityLoader(Tenant)

/** Whether the tenant or one above it is suspended. */
export const isTenantSuspended = defineLoader<AdminContext, string, boolean>(async ({ system }, ids) => {
  const rows = await system.query<{ id: string }>(
    `SELECT own.id FROM tenant AS own WHERE own.id = ANY($1::uuid[]) AND EXISTS (
       SELECT 1 FROM tenant AS above WHERE above.path @> own.path AND above.status = 'SUSPENDED')`,
    [ids],
  )
  const suspended = new Set(rows.map((row) => row.id))
  return ids.map((id) => suspended.has(id))
})
