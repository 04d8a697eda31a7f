/** From chunks of an upload to rows of a job. A row of the file that cannot be read becomes a row that has failed. */
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'
import type { Secrets } from '../platform/secrets/index.js'
import { insertRows, type RowToInsert } from './insert-rows.js'
import type { RowInput, RowOperation, RowOperations } from './row-operation.js'

export interface Mapping {
  operation: string
  /** Which column of the upload each field comes from. */
  columns: { field: string; column: number }[]
}

/** As an upload keeps it: the line in the file and its values, or what is wrong with the line. */
export type UploadedRow = [line: number, values: unknown[] | null, fault?: string]

export const chunkPurpose = (uploadId: string, number: number): string => `upload:${uploadId}:${number}`

interface StagedJob {
  id: string
  tenant_id: string
  upload_id: string | null
  mapping: Mapping | null
  staged_chunks: number
}

/** False: all of it has become rows. */
export async function stageChunk(
  { database, secrets, operations }: { database: Database; secrets: Secrets; operations: RowOperations },
  job: StagedJob,
): Promise<boolean> {
  if (job.upload_id === null || job.mapping === null) return false
  const number = job.staged_chunks
  const [chunk] = await database.query<{ sealed_rows: Buffer }>(
    'SELECT sealed_rows FROM upload_chunk WHERE upload_id = $1 AND number = $2',
    [job.upload_id, number],
  )
  if (!chunk) return false
  const text = await secrets.openText(chunk.sealed_rows, chunkPurpose(job.upload_id, number))
  const [last] = await database.query<{ number: number }>(
    'SELECT coalesce(max(number), 0) AS number FROM job_row WHERE job_id = $1',
    [job.id],
  )
  const operation = operations[job.mapping.operation]!
  const rows = (JSON.parse(text) as UploadedRow[]).map((row, index) =>
    rowFrom(job, operation, row, last!.number + index + 1),
  )
  await insertRows(secrets, database, job, rows)
  const failed = rows.filter(({ error }) => error).length
  await database.query(
    `UPDATE job SET staged_chunks = staged_chunks + 1, failed = failed + $2, updated_at = now() WHERE id = $1`,
    [job.id, failed],
  )
  return true
}

function rowFrom(
  { mapping }: StagedJob,
  operation: RowOperation,
  [line, values, fault]: UploadedRow,
  number: number,
): RowToInsert {
  const { operation: name, columns } = mapping!
  const place = { number, line, operation: name }
  try {
    if (!values) throw new ExpectedError('INVALID_INPUT', { message: fault })
    const fields: RowInput = Object.fromEntries(
      columns.map(({ field, column }) => [field, values[column]]).filter(([, value]) => isFilled(value)),
    )
    return { ...place, ...operation.read!(fields) }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    const { code, message, inputPath: path, params } = error
    return { ...place, key: '', input: {}, error: { code, message, path, params } }
  }
}

/** An empty cell is a field that is not there. */
const isFilled = (value: unknown): boolean =>
  value !== undefined && value !== null && !(typeof value === 'string' && value.trim() === '')
