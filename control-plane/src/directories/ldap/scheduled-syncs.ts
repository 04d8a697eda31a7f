/**
 * Syncs by schedule. Each source that is due is taken by one replica for a time; were that to die, another takes it after that, and
 * finds done what was done. The interval counts from the beginning of a run, and whoever changes it need not wait for the old one.
 *
 * Nobody looks at a preview here. So an answer without anybody, and one without more people than the source's share of them, which is
 * more likely a filter, a right or a subtree that has gone than so many people, changes nothing at all and is told.
 */
import { RequestContext, type AdminContext } from '../../access/index.js'
import { BackgroundWork } from '../../platform/background-work.js'
import type { Database } from '../../platform/database.js'
import { ExpectedError } from '../../platform/errors.js'
import type { Outbound } from '../../platform/http/outbound.js'
import type { Logger } from '../../platform/logger.js'
import type { Secrets } from '../../platform/secrets/index.js'
import { sourceById, sourceIsActive } from '../active-source.js'
import { defaultDeactivationPercent } from '../identity-source.settings.js'
import type { DirectorySync } from './directory-sync.types.js'
import { keepRun } from './sync-runs.js'
import { goneIn, outcome, planOf, runPlan, type LdapSourceRow, type SyncPlan } from './sync-source.js'

const everyMs = 30_000
/** Longer than a directory can make the reading of it last. */
const takenFor = '30 minutes'

interface Parts {
  database: Database
  secrets: Secrets
  logger: Logger
  outbound: Outbound
}

export function startDirectorySyncs(parts: Parts): BackgroundWork {
  return new BackgroundWork({
    everyMs,
    onError: (error) => parts.logger.error({ error }, 'a directory could not be synced'),
    step: (signal) => syncOneDue(parts, signal),
  })
}

/** Whether there was one. */
export async function syncOneDue({ outbound, ...parts }: Parts, signal?: AbortSignal): Promise<boolean> {
  const [taken] = await parts.database.query<{ id: string }>(
    `INSERT INTO directory_sync (identity_source_id, taken_until)
     SELECT source.id, now() + interval '${takenFor}'
     FROM identity_source AS source LEFT JOIN directory_sync AS sync ON sync.identity_source_id = source.id
     WHERE source.kind = 'LDAP' AND ${sourceIsActive} AND source.settings->>'syncEveryMinutes' IS NOT NULL
       AND (sync.taken_until IS NULL OR sync.taken_until <= now())
       AND (sync.due_from IS NULL
         OR sync.due_from + make_interval(mins => (source.settings->>'syncEveryMinutes')::integer) <= now())
     ORDER BY sync.due_from NULLS FIRST LIMIT 1
     ON CONFLICT (identity_source_id) DO UPDATE SET taken_until = excluded.taken_until
       WHERE directory_sync.taken_until IS NULL OR directory_sync.taken_until <= now()
     RETURNING identity_source_id AS id`,
  )
  if (!taken) return false
  const startedAt = new Date()
  let isUnfinished = false
  try {
    const source = await sourceById(parts.database, 'LDAP', taken.id)
    const context = new RequestContext({ ...parts, viewer: null, origin: { ip: '', userAgent: null }, http: null })
    if (source) isUnfinished = await sync(context, outbound, source, startedAt, signal)
  } finally {
    await parts.database.query(
      `UPDATE directory_sync SET taken_until = NULL, due_from = CASE WHEN $2 THEN NULL ELSE $3::timestamptz END
       WHERE identity_source_id = $1`,
      [taken.id, isUnfinished, startedAt],
    )
  }
  return true
}

/** Whether the next run is to go on at once. */
async function sync(
  context: AdminContext,
  outbound: Outbound,
  source: LdapSourceRow,
  startedAt: Date,
  signal?: AbortSignal,
): Promise<boolean> {
  const scheduled = { startedAt, trigger: 'SCHEDULE' } as const
  try {
    const plan = await planOf(context, outbound, source)
    const refusal = whyNot(plan, source.settings.maxDeactivationPercent ?? defaultDeactivationPercent)
    if (refusal !== null) {
      const report = outcome(plan.steps, plan.unchanged, plan.steps.filter(({ action }) => action !== 'SKIP').length)
      await keepRun(context, source, { ...scheduled, outcome: 'REFUSED', report, error: refusal })
      return false
    }
    const report = await runPlan(context, source, plan, null, signal)
    await keepRun(context, source, { ...scheduled, outcome: 'DONE', report })
    return report.remaining > 0 && changesIn(report) > 0
  } catch (error) {
    const message = error instanceof ExpectedError ? error.message : 'Something went wrong here; the log says what.'
    if (!(error instanceof ExpectedError)) context.logger.error({ error, source: source.id }, 'a sync failed')
    await keepRun(context, source, { ...scheduled, outcome: 'FAILED', error: message })
    return false
  }
}

const changesIn = ({ created, updated, deactivated, reactivated }: DirectorySync): number =>
  created + updated + deactivated + reactivated

/** Of a few people one may always go. */
export function whyNot(plan: Pick<SyncPlan, 'steps' | 'found' | 'active'>, percent: number): string | null {
  const gone = goneIn(plan as SyncPlan)
  if (gone === 0) return null
  if (plan.found === 0) return 'The directory has nobody any more.'
  const allowed = Math.max(1, Math.floor((plan.active * percent) / 100))
  return gone > allowed ? `This would deactivate ${gone} of ${plan.active}, more than ${percent} %.` : null
}
