/** Plans are jobs that wait to be applied, bound to the state that they were made for. */
import { createHash } from 'node:crypto'
import { may, type AdminContext } from '../access/index.js'
import { createJob, insertRows, jobSubject, queueJob, requireJob, requireJobTenant } from '../jobs/index.js'
import { ExpectedError } from '../platform/errors.js'
import { visibleTenant } from '../tenants/index.js'
import { currentItems } from './current-items.js'
import { desiredItems } from './desired-items.js'
import type { CurrentItem } from './items.js'
import { planRows } from './plan-rows.js'
import { readManifest } from './read-manifest.js'
import { writeManifest } from './write-manifest.js'

/** Of all versions and values: whoever changes anything changes it. */
const digestOf = (items: readonly CurrentItem[]): Buffer =>
  createHash('sha256')
    .update(JSON.stringify(items.map((item) => JSON.stringify(item)).sort()))
    .digest()

export interface PlanRequest {
  tenantId: string
  content: string
  prune: boolean
}

export async function planManifest(context: AdminContext, { tenantId, content, prune }: PlanRequest): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireJobTenant(context, manager, tenantId)
    const manifest = readManifest(content)
    const current = await currentItems(context, tenant)
    // A manifest of a time when there were no roles in it takes none away.
    const prunable = manifest.roles ? current : current.filter(({ kind }) => kind !== 'AccessRole')
    const rows = planRows(desiredItems(manifest), prunable, prune)
    const job = { tenantId: tenant.id, kind: 'MANIFEST', state: 'PLANNED', plannedFor: digestOf(current) } as const
    return createJob(context, manager, job, async (made) => {
      await insertRows(
        context.secrets,
        manager,
        made,
        rows.map((row, index) => ({ ...row, number: index + 1 })),
      )
      return rows.length
    })
  })
}

/** Refused where anything is not as it was when the plan was made. What changes after this moment the rows find by themselves. */
export async function applyManifest(context: AdminContext, planId: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const job = await requireJob(context, manager, planId, 'update', ['planId'])
    if (!may(context, 'create', jobSubject(job))) throw new ExpectedError('FORBIDDEN')
    if (job.state !== 'PLANNED') throw new ExpectedError('WRONG_STATE', { path: ['planId'] })
    const tenant = await requireJobTenant(context, manager, job.tenantId)
    const [{ planned_for: plannedFor }] = await manager.query('SELECT planned_for FROM job WHERE id = $1', [job.id])
    if (!digestOf(await currentItems(context, tenant)).equals(plannedFor)) {
      throw new ExpectedError('PLAN_OUTDATED', { path: ['planId'] })
    }
    await queueJob(context, manager, job)
    return job.id
  })
}

export type ManifestFormat = 'YAML' | 'JSON'

/** Null where the viewer does not see the tenant. */
export async function exportManifest(
  context: AdminContext,
  id: string,
  format: ManifestFormat,
): Promise<string | null> {
  const tenant = await visibleTenant(context, id)
  return tenant && writeManifest(await currentItems(context, tenant), format)
}
