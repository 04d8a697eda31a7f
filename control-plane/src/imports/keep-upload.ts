/** Keeps a file until it is imported, sealed, in chunks of some hundred rows that become rows of a job one by one. */
import type { Viewer } from '../access/index.js'
import { chunkPurpose, type UploadedRow } from '../jobs/index.js'
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import type { Secrets } from '../platform/secrets/index.js'
import type { UploadReader } from './read-csv.js'
import { UploadError } from './text-lines.js'
import { maxUploadRows, maxUploadsHeld } from './upload-limits.js'

const rowsInChunk = 1_000
const bytesInChunk = 262_144

export interface Upload {
  id: string
  columns: string[]
  rowCount: number
}

/** Until it is whole it may not be imported, and is soon swept away. No transaction waits for the network. */
export async function keepUpload(
  { database, secrets, spend }: { database: Database; secrets: Secrets; spend: (rows: number) => Promise<unknown> },
  viewer: Viewer,
  reader: UploadReader,
): Promise<Upload> {
  const id = newId()
  await database.query(
    `INSERT INTO upload (id, tenant_id, administrator_id, columns, row_count, expires_at)
     VALUES ($1, $2, $3, '{}', 0, now() + interval '10 minutes')`,
    [id, viewer.tenantId, viewer.administratorId],
  )
  let number = 0
  let rowCount = 0
  for await (const rows of chunksOf(reader.rows)) {
    rowCount += rows.length
    if (rowCount > maxUploadRows) throw new UploadError(`A file has at most ${maxUploadRows} rows.`, null, 413)
    await spend(rows.length)
    const sealed = secrets.seal(JSON.stringify(rows), chunkPurpose(id, number))
    await database.query('INSERT INTO upload_chunk (upload_id, number, sealed_rows) VALUES ($1, $2, $3)', [
      id,
      number,
      sealed,
    ])
    number += 1
  }
  if (rowCount === 0) throw new UploadError('The file has no rows.')
  await database.query(
    `UPDATE upload SET columns = $2, row_count = $3, expires_at = now() + interval '1 day' WHERE id = $1`,
    [id, reader.columns, rowCount],
  )
  await database.query(
    `DELETE FROM upload WHERE id IN (
       SELECT id FROM upload WHERE administrator_id = $1 AND NOT EXISTS (
         SELECT 1 FROM job WHERE job.upload_id = upload.id AND job.state IN ('QUEUED', 'RUNNING'))
       ORDER BY created_at DESC OFFSET ${maxUploadsHeld})`,
    [viewer.administratorId],
  )
  return { id, columns: reader.columns, rowCount }
}

async function* chunksOf(rows: AsyncIterable<UploadedRow>): AsyncGenerator<UploadedRow[]> {
  let chunk: UploadedRow[] = []
  let bytes = 0
  for await (const row of rows) {
    chunk.push(row)
    bytes += JSON.stringify(row).length
    if (chunk.length < rowsInChunk && bytes < bytesInChunk) continue
    yield chunk
    chunk = []
    bytes = 0
  }
  if (chunk.length > 0) yield chunk
}
