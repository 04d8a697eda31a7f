export type JobEnd = { state: 'SUCCEEDED' } | { state: 'FAILED'; errorCode: string }

interface Queryable {
  query(sql: string, parameters: unknown[]): Promise<unknown>
}

/** Unless it has ended meanwhile. */
export async function endJob(database: Queryable, id: string, end: JobEnd): Promise<void> {
  await database.query(
    `UPDATE job SET state = $2, error_code = $3, finished_at = now(), updated_at = now(), version = version + 1,
       expires_at = now() + CASE WHEN dry_run THEN interval '1 day' ELSE interval '30 days' END
     WHERE id = $1 AND state IN ('QUEUED', 'RUNNING')`,
    [id, end.state, end.state === 'FAILED' ? end.errorCode : null],
  )
}
