/**
 * One step of some job: the next chunk of what was uploaded becomes rows, or the next rows are done. All of a step is one
 * transaction, with the job's row locked: what the rows changed and that they are done is committed together or not at all, and a
 * replica that dies leaves neither a row half done nor a job that nobody may take. That lock is the lease; there is no other.
 */
import { randomUUID } from 'node:crypto'
import { RequestContext, standingViewer, type AdminContext, type Starter } from '../access/index.js'
import type { Database } from '../platform/database.js'
import type { Logger } from '../platform/logger.js'
import type { Secrets } from '../platform/secrets/index.js'
import { applyRows, prepareRows, type RowResult, type WaitingRow } from './apply-rows.js'
import { jobChannel } from './channels.js'
import { endJob, type JobEnd } from './end-job.js'
import type { FailedSteps } from './failed-steps.js'
import { nextJob } from './next-job.js'
import { refuseRepeated } from './repeated-keys.js'
import type { RowInput, RowOperations } from './row-operation.js'
import { secretPurpose } from './secret-purpose.js'
import { stageChunk, type Mapping } from './stage-chunk.js'

export interface JobStepOptions {
  database: Database
  secrets: Secrets
  logger: Logger
  operations: RowOperations
  failedSteps: FailedSteps
}

/** A row takes about a millisecond; one with a password to be hashed some tens of it. */
const rowsAtOnce = 500
const costlyRowsAtOnce = 24

export interface WaitingJob {
  id: string
  tenant_id: string
  tenant_path: string
  operation: string
  state: 'QUEUED' | 'RUNNING'
  dry_run: boolean
  starter: Starter & { origin: AdminContext['origin'] }
  upload_id: string | null
  mapping: Mapping | null
  staged_chunks: number
}

/** Whether there may be more to do. */
export async function jobStep(options: JobStepOptions): Promise<boolean> {
  let jobId: string | null = null
  try {
    jobId = await stepOfNext(options, (id) => (jobId = id))
  } catch (error) {
    if (jobId !== null) await options.failedSteps.failed(options.database, jobId)
    throw error
  }
  if (jobId !== null) options.failedSteps.wentWell(jobId)
  return jobId !== null
}

/** Null: there is none. */
function stepOfNext(options: JobStepOptions, begins: (jobId: string) => void): Promise<string | null> {
  return options.database.transaction(async (manager) => {
    // The system's handle: between its statements rows are done in the same transaction, as whoever started the job.
    const database = options.database.within(manager)
    const job = await nextJob(database)
    if (!job) return null
    begins(job.id)
    await database.query(
      `UPDATE job SET state = 'RUNNING', started_at = coalesce(started_at, now()), served_at = clock_timestamp() WHERE id = $1`,
      [job.id],
    )
    const ends = await advance({ ...options, database }, job)
    if (ends) await endJob(database, job.id, ends)
    await database.query('SELECT pg_notify($1, $2)', [jobChannel, JSON.stringify([job.id])])
    return job.id
  })
}

/** Null: it goes on. */
async function advance(options: JobStepOptions, job: WaitingJob): Promise<JobEnd | null> {
  if (await stageChunk(options, job)) return null
  const rows = await readWaiting(options, job.id)
  if (rows.length === 0) return { state: 'SUCCEEDED' }
  const context = await contextOf(options, job)
  if (!context) return { state: 'FAILED', errorCode: 'UNAUTHENTICATED' }
  const results = await doRows(options, context, job, rows)
  await keepResults(options.database, job, results)
  return null
}

async function readWaiting({ database, secrets, operations }: JobStepOptions, jobId: string): Promise<WaitingRow[]> {
  const rows = await database.query<WaitingRow & { sealed: Buffer | null }>(
    `SELECT number, operation, input, sealed_secret AS sealed FROM job_row
     WHERE job_id = $1 AND state = 'PENDING' ORDER BY number LIMIT ${rowsAtOnce}`,
    [jobId],
  )
  const opened: WaitingRow[] = []
  let costly = 0
  for (const { sealed, input: known, ...row } of rows) {
    const input = sealed ? { ...known, ...(await openSecret(secrets, sealed, jobId, row.number)) } : known
    if (operations[row.operation]?.isCostly?.(input) && ++costly > costlyRowsAtOnce) break
    opened.push({ ...row, input })
  }
  return opened
}

const openSecret = async (secrets: Secrets, sealed: Buffer, jobId: string, number: number): Promise<RowInput> =>
  JSON.parse(await secrets.openText(sealed, secretPurpose(jobId, number))) as RowInput

/** As whoever started it, with the rights of this moment; null where they may nothing any more. */
async function contextOf(
  { database, secrets, logger }: JobStepOptions,
  { id, operation, starter }: WaitingJob,
): Promise<AdminContext | null> {
  const viewer = await standingViewer(database, starter)
  if (!viewer) return null
  const context = new RequestContext({ database, secrets, logger, viewer, origin: starter.origin, http: null })
  // Of all that its rows change the audit trail says that it was this job.
  context.operation = { kind: 'mutation', name: operation, id }
  return context
}

/** Thrown to take a preview back; what it found out travels in it. */
class TakenBack extends Error {
  constructor(readonly results: RowResult[]) {
    super('taken back')
  }
}

async function doRows(
  { database, operations, logger }: JobStepOptions,
  context: AdminContext,
  job: WaitingJob,
  rows: readonly WaitingRow[],
): Promise<RowResult[]> {
  const onUnexpected = (error: unknown): string => {
    const correlationId = randomUUID()
    logger.error({ correlationId, error, jobId: job.id }, 'a row of a job failed')
    return correlationId
  }
  const prepared = await prepareRows(operations, rows, onUnexpected)
  const reach = { tenantId: job.tenant_id, tenantPath: job.tenant_path }
  if (!job.dry_run) return applyRows(context, prepared, reach, onUnexpected)
  const tried = await refuseRepeated(database, job.id, prepared)
  try {
    return await database.transaction(async () => {
      throw new TakenBack(await applyRows(context, tried, reach, onUnexpected))
    })
  } catch (error) {
    if (error instanceof TakenBack) return error.results
    throw error
  }
}

async function keepResults(database: Database, job: WaitingJob, results: readonly RowResult[]): Promise<void> {
  // A preview keeps what is needed to run it, and names no object: there is none.
  await database.query(
    `UPDATE job_row SET state = CASE WHEN result.error IS NULL THEN 'SUCCEEDED' ELSE 'FAILED' END,
       error = result.error::jsonb, object_id = CASE WHEN $5 THEN NULL ELSE result.object_id END,
       sealed_secret = CASE WHEN $5 THEN sealed_secret END
     FROM unnest($2::integer[], $3::text[], $4::uuid[]) AS result (number, error, object_id)
     WHERE job_row.job_id = $1 AND job_row.number = result.number`,
    [
      job.id,
      results.map(({ number }) => number),
      results.map(({ error }) => error && JSON.stringify(error)),
      results.map(({ objectId }) => objectId),
      job.dry_run,
    ],
  )
  const failed = results.filter(({ error }) => error !== null).length
  await database.query(
    `UPDATE job SET succeeded = succeeded + $2, failed = failed + $3, updated_at = now() WHERE id = $1`,
    [job.id, results.length - failed, failed],
  )
}
