/** Reads of jobs and their rows, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { Job, jobColumns, jobSubject } from './job.entity.js'
import type { JobRow, JobRowsArguments, JobsArguments } from './job.types.js'

/** Not yet checked against the viewer. */
const jobById = defineEntityLoader(Job, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleJob(context: AdminContext, id: string): Promise<Job | null> {
  const job = isId(id) ? await jobById(context).load(id.toLowerCase()) : null
  return job && may(context, 'read', jobSubject(job)) ? job : null
}

const newestFirst = { name: 'job.createdAt', sql: 'job.created_at', type: 'timestamptz', direction: 'DESC' } as const

export async function listJobs(context: AdminContext, request: JobsArguments): Promise<ConnectionValue<Job>> {
  pageShape(request)
  const { filter } = request
  const parameters = new SqlParameters()
  const conditions = [await accessibleByTenant(context, 'read', 'Job', jobColumns, 'job.tenant_id', parameters)]
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('job.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'job.tenant_id'))
  }
  if (isGiven(filter?.states)) conditions.push(`job.state = ANY(${parameters.bind(filter.states, 'text[]')})`)
  if (isGiven(filter?.kind)) conditions.push(`job.kind = ${parameters.bind(filter.kind, 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'job JOIN tenant ON tenant.id = job.tenant_id',
    id: 'job.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(jobById(context), page.ids))
}

const inOrder = { name: 'jobRow.number', sql: 'job_row.number', type: 'integer', direction: 'ASC' } as const

/** Of a job that the viewer sees. */
export async function listJobRows(
  context: AdminContext,
  job: Job,
  request: JobRowsArguments,
): Promise<ConnectionValue<JobRow>> {
  const parameters = new SqlParameters()
  const conditions = [`job_row.job_id = ${parameters.bind(job.id, 'uuid')}`]
  if (isGiven(request.state)) conditions.push(`job_row.state = ${parameters.bind(request.state, 'text')}`)
  const page = await readPage(context.database, request, {
    from: 'job_row',
    // One for all rows of the job: the number alone decides.
    id: 'job_row.job_id',
    conditions,
    parameters,
    order: inOrder,
  })
  const rows = await context.database.query<JobRow>(
    `SELECT number, line, operation, key, state, error, object_id AS "objectId", coalesce(changes, '[]') AS changes
     FROM job_row WHERE job_id = $1 AND number = ANY($2::integer[])`,
    [job.id, page.values],
  )
  const byNumber = new Map(rows.map((row) => [String(row.number), row]))
  return connectionFrom(
    page,
    page.values.map((number) => byNumber.get(number) ?? null),
  )
}
