/**
 * What came of the last sync of each directory. A problem is noted on the source itself when it begins and taken away when a sync has
 * gone well again: two entries in the audit trail, two calls of webhooks, however many runs lie between.
 */
import type { EntityManager } from 'typeorm'
import { may, type AdminContext, type Viewer } from '../../access/index.js'
import { defineLoader, forgetLoaded } from '../../platform/loader.js'
import { identitySourceSubject, type IdentitySource } from '../identity-source.entity.js'
import { actAsSource } from '../source-context.js'
import type { DirectorySync, DirectorySyncRun } from './directory-sync.types.js'
import type { LdapSourceRow } from './sync-source.js'

/** A directory that is restarted is not worth an alert. */
const failuresToTell = 2

export type Run = { startedAt: Date } & (
  | { trigger: 'ADMINISTRATOR'; outcome: 'DONE'; report: DirectorySync; by: Viewer }
  | { trigger: 'SCHEDULE'; outcome: 'DONE'; report: DirectorySync }
  | { trigger: 'SCHEDULE'; outcome: 'REFUSED'; report: DirectorySync; error: string }
  | { trigger: 'SCHEDULE'; outcome: 'FAILED'; error: string }
)

export async function keepRun(context: AdminContext, source: LdapSourceRow, run: Run): Promise<void> {
  const { startedAt, trigger, outcome } = run
  const report = 'report' in run ? JSON.stringify(run.report) : null
  const error = 'error' in run ? run.error : null
  await context.system.transaction(async (manager) => {
    // The source may have been deleted meanwhile.
    const [row]: { failures: number }[] = await manager.query(
      `INSERT INTO directory_sync AS sync (identity_source_id, started_at, ended_at, trigger, outcome, error, report, failures)
       SELECT id, $2, now(), $3, $4, $5, $6, $7 FROM identity_source WHERE id = $1
       ON CONFLICT (identity_source_id) DO UPDATE SET started_at = excluded.started_at, ended_at = excluded.ended_at,
         trigger = excluded.trigger, outcome = excluded.outcome, error = excluded.error, report = excluded.report,
         failures = CASE WHEN excluded.failures = 0 THEN 0 ELSE sync.failures + 1 END
       RETURNING failures`,
      [source.id, startedAt, trigger, outcome, error, report, outcome === 'FAILED' ? 1 : 0],
    )
    if (!row) return
    if (outcome === 'FAILED' && row.failures < failuresToTell) return
    const asSource = await actAsSource(context, manager, source, 'runDirectorySync', 'by' in run ? run.by : null)
    await asSource.system.transaction((inner) => noteProblem(inner, source.id, outcome === 'DONE' ? null : outcome))
  })
  forgetLoaded(context)
}

const noteProblem = (manager: EntityManager, id: string, problem: string | null): Promise<unknown> =>
  manager.query('UPDATE identity_source SET sync_problem = $2 WHERE id = $1 AND sync_problem IS DISTINCT FROM $2', [
    id,
    problem,
  ])

const runOfSource = defineLoader<AdminContext, string, DirectorySyncRun | null>(async ({ database }, ids) => {
  const rows = await database.query<DirectorySyncRun & { id: string }>(
    `SELECT identity_source_id AS id, started_at AS "startedAt", ended_at AS "endedAt", trigger, outcome, error,
       report AS sync
     FROM directory_sync WHERE identity_source_id = ANY($1::uuid[]) AND ended_at IS NOT NULL`,
    [ids],
  )
  const byId = new Map(rows.map(({ id, ...run }) => [id, run]))
  return ids.map((id) => byId.get(id) ?? null)
})

/** It names people who may be nobody here: shown to those who may run a sync themselves. */
export async function lastRun(context: AdminContext, source: IdentitySource): Promise<DirectorySyncRun | null> {
  return may(context, 'update', identitySourceSubject(source)) ? runOfSource(context).load(source.id) : null
}
