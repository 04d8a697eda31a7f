/** Makes jobs, and says when they run, run again or stop. */
import type { EntityManager } from 'typeorm'
import {
  authorize,
  may,
  pathsAbove,
  permissionSubject,
  requireViewer,
  starterOf,
  type Action,
  type AdminContext,
} from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import { isId, newId } from '../platform/ids.js'
import { requireTenant } from '../tenants/index.js'
import { jobChannel } from './channels.js'
import { Job, jobSubject, type JobKind } from './job.entity.js'
import { requireRoomForJob } from './job-limits.js'
import type { Mapping } from './stage-chunk.js'

export interface NewJob {
  tenantId: string
  kind: JobKind
  state: 'PLANNED' | 'QUEUED'
  dryRun?: boolean
  upload?: { id: string; mapping: Mapping }
  plannedFor?: Buffer
}

/** Of what waits for its start, or was tried only. */
const keepPlanned = '1 day'

/** Whoever may not see the tenant learns nothing of it; whoever starts a job must be allowed to start jobs there. */
export async function requireJobTenant(context: AdminContext, manager: EntityManager, tenantId: string) {
  const tenant = await requireTenant(context, manager, tenantId, 'read', ['tenantId'])
  const { administratorId } = requireViewer(context)
  const subject = permissionSubject('Job', { id: newId(), administratorId, within: pathsAbove(tenant.path) })
  if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
  return tenant
}

/** With as many rows as `fill` writes. */
export async function createJob(
  context: AdminContext,
  manager: EntityManager,
  job: NewJob,
  fill: (job: { id: string; tenant_id: string }) => Promise<number>,
): Promise<string> {
  await requireRoomForJob(manager, job.tenantId, job.state)
  const id = newId()
  const viewer = requireViewer(context)
  await manager.query(
    `INSERT INTO job (id, tenant_id, kind, operation, administrator_id, starter, starter_email, state, dry_run, total,
       upload_id, mapping, planned_for, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12, now() + $13::interval)`,
    [
      id,
      job.tenantId,
      job.kind,
      context.operation!.name,
      viewer.administratorId,
      starterJson(context),
      viewer.email,
      job.state,
      job.dryRun ?? false,
      job.upload?.id ?? null,
      job.upload?.mapping ?? null,
      job.plannedFor ?? null,
      keepPlanned,
    ],
  )
  const total = await fill({ id, tenant_id: job.tenantId })
  await manager.query('UPDATE job SET total = $2 WHERE id = $1', [id, total])
  await tellReplicas(manager, id)
  return id
}

const starterJson = (context: AdminContext): object => ({
  ...starterOf(requireViewer(context)),
  origin: context.origin,
})

export const tellReplicas = (manager: EntityManager, id: string): Promise<unknown> =>
  manager.query('SELECT pg_notify($1, $2)', [jobChannel, JSON.stringify([id])])

/** The job, checked against the viewer. It stays as it is until the transaction ends: no batch of it runs meanwhile. */
export async function requireJob(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<Job> {
  if (isId(id)) await manager.query('SELECT FROM job WHERE id = $1 FOR UPDATE', [id])
  const job = isId(id) ? await manager.findOne(Job, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, job && jobSubject(job), path)
  return job!
}

const wrongState = ({ state }: Job): ExpectedError => new ExpectedError('WRONG_STATE', { params: { state } })

/** What was done stays done. */
export async function cancelJob(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const job = await requireJob(context, manager, id, 'update')
    if (!['PLANNED', 'QUEUED', 'RUNNING'].includes(job.state)) throw wrongState(job)
    await manager.query(
      `UPDATE job SET state = 'CANCELLED', finished_at = now(), updated_at = now(), version = version + 1,
         expires_at = now() + interval '30 days' WHERE id = $1`,
      [job.id],
    )
    await manager.query('UPDATE job_row SET sealed_secret = NULL WHERE job_id = $1 AND sealed_secret IS NOT NULL', [
      job.id,
    ])
    await tellReplicas(manager, job.id)
    return job.id
  })
}

/**
 * Runs what was tried or planned; or goes on where a job stopped that had failed. From now on it is the caller's, with the caller's
 * rights.
 */
export async function runJob(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const job = await requireJob(context, manager, id, 'update')
    if (!may(context, 'create', jobSubject(job))) throw new ExpectedError('FORBIDDEN')
    const tried = job.dryRun && job.state === 'SUCCEEDED'
    if (!tried && job.state !== 'FAILED') throw wrongState(job)
    if (tried) await forgetTrial(manager, job.id)
    await queueJob(context, manager, job)
    return job.id
  })
}

/** What could not be read at all stays as it is: nothing of it is there to be tried. */
const forgetTrial = async (manager: EntityManager, id: string): Promise<void> => {
  await manager.query(
    `UPDATE job_row SET state = 'PENDING', error = NULL WHERE job_id = $1 AND NOT (state = 'FAILED' AND input = '{}')`,
    [id],
  )
  await manager.query(
    `UPDATE job SET dry_run = false, succeeded = 0,
       failed = (SELECT count(*) FROM job_row WHERE job_id = job.id AND state = 'FAILED') WHERE id = $1`,
    [id],
  )
}

export async function queueJob(
  context: AdminContext,
  manager: EntityManager,
  { id, tenantId }: Pick<Job, 'id' | 'tenantId'>,
): Promise<void> {
  const viewer = requireViewer(context)
  await requireRoomForJob(manager, tenantId, 'QUEUED')
  await manager.query(
    `UPDATE job SET state = 'QUEUED', error_code = NULL, finished_at = NULL, administrator_id = $2, starter = $3,
       starter_email = $4, updated_at = now(), version = version + 1, expires_at = now() + interval '30 days'
     WHERE id = $1`,
    [id, viewer.administratorId, starterJson(context), viewer.email],
  )
  await tellReplicas(manager, id)
}
