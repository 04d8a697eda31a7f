/**
 * A preview takes each batch back before it tries the next one, and so does not see by itself that two rows far apart make the
 * same thing.
 */
import type { Database } from '../platform/database.js'
import { ExpectedError } from '../platform/errors.js'
import type { RowResult } from './apply-rows.js'

export async function refuseRepeated<Row extends { number: number }>(
  database: Database,
  jobId: string,
  rows: readonly (Row | RowResult)[],
): Promise<(Row | RowResult)[]> {
  const repeated = await database.query<{ number: number; line: number | null }>(
    `SELECT own.number, earlier.line FROM job_row AS own
     CROSS JOIN LATERAL (
       SELECT line FROM job_row WHERE job_id = own.job_id AND key = own.key AND number < own.number
         AND operation = own.operation ORDER BY number LIMIT 1) AS earlier
     WHERE own.job_id = $1 AND own.number = ANY($2::integer[]) AND own.operation LIKE 'create%'`,
    [jobId, rows.map(({ number }) => number)],
  )
  const lines = new Map(repeated.map(({ number, line }) => [number, line]))
  return rows.map((row) => {
    if (!lines.has(row.number)) return row
    const { code, message, params } = new ExpectedError('ALREADY_EXISTS', {
      message: 'An earlier row says the same.',
      params: { line: lines.get(row.number) ?? row.number },
    })
    return { number: row.number, objectId: null, error: { code, message, path: null, params } }
  })
}
