/** Writes rows of a job, their secrets sealed. */
import { storableText } from '../platform/storable-text.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { RowError } from './apply-rows.js'
import type { NewRow } from './row-operation.js'
import { secretPurpose } from './secret-purpose.js'

/** One field of an object that a plan would change; of a secret neither value is told. */
export interface FieldChange {
  field: string
  before: string | null
  after: string | null
}

export interface RowToInsert extends NewRow {
  number: number
  line?: number
  operation: string
  changes?: FieldChange[]
  error?: RowError
}

interface Queryable {
  query(sql: string, parameters: unknown[]): Promise<unknown>
}

const atOnce = 1_000
const maxKey = 320

const storable = (_name: string, value: unknown): unknown => (typeof value === 'string' ? storableText(value) : value)

export async function insertRows(
  secrets: Secrets,
  database: Queryable,
  job: { id: string; tenant_id: string },
  rows: readonly RowToInsert[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += atOnce) {
    const part = rows.slice(from, from + atOnce)
    await database.query(
      `INSERT INTO job_row (job_id, tenant_id, number, line, operation, key, input, sealed_secret, changes, error, state)
       SELECT $1, $2, row.number, row.line, row.operation, row.key, row.input, row.sealed, row.changes, row.error,
         CASE WHEN row.error IS NULL THEN 'PENDING' ELSE 'FAILED' END
       FROM unnest($3::integer[], $4::integer[], $5::text[], $6::text[], $7::jsonb[], $8::bytea[], $9::jsonb[], $10::jsonb[])
         AS row (number, line, operation, key, input, sealed, changes, error)`,
      [
        job.id,
        job.tenant_id,
        part.map(({ number }) => number),
        part.map(({ line }) => line ?? null),
        part.map(({ operation }) => operation),
        part.map(({ key }) => storableText(key.slice(0, maxKey))),
        part.map(({ input }) => JSON.stringify(input, storable)),
        part.map(({ number, secret }) =>
          secret ? secrets.seal(JSON.stringify(secret), secretPurpose(job.id, number)) : null,
        ),
        part.map(({ changes }) => changes && JSON.stringify(changes)),
        part.map(({ error }) => error && JSON.stringify(error)),
      ],
    )
  }
}
