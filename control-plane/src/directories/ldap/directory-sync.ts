/** Sync that an administrator asks for: first looked at, then run. */
import { requireViewer, type AdminContext } from '../../access/index.js'
import { invalidInput } from '../../platform/errors.js'
import type { Outbound } from '../../platform/http/outbound.js'
import { isOfKind } from '../identity-source.entity.js'
import { requireCoveringGoverned, requireIdentitySource } from '../identity-source.service.js'
import type { DirectorySync, PreviewDirectorySyncInput, RunDirectorySyncInput } from './directory-sync.types.js'
import { keepRun } from './sync-runs.js'
import { goneIn, outcome, planOf, runPlan, type LdapSourceRow } from './sync-source.js'

const defaultDeactivations = 10

async function requireDirectory(context: AdminContext, id: string): Promise<LdapSourceRow> {
  const source = await context.database.transaction(async (manager) => {
    const found = await requireIdentitySource(context, manager, id, 'update', ['identitySourceId'])
    await requireCoveringGoverned(context, manager, found.id)
    return found
  })
  if (isOfKind(source, 'LDAP') && source.status === 'ACTIVE') return source
  throw invalidInput(['identitySourceId'], 'Only an active source of kind LDAP is synced.')
}

export async function previewDirectorySync(
  context: AdminContext,
  outbound: Outbound,
  { identitySourceId }: PreviewDirectorySyncInput,
): Promise<DirectorySync> {
  const source = await requireDirectory(context, identitySourceId)
  const { steps, unchanged } = await planOf(context, outbound, source)
  return outcome(steps, unchanged, steps.filter(({ action }) => action !== 'SKIP').length)
}

export async function runDirectorySync(
  context: AdminContext,
  outbound: Outbound,
  { identitySourceId, maxDeactivations }: RunDirectorySyncInput,
): Promise<DirectorySync> {
  const source = await requireDirectory(context, identitySourceId)
  const startedAt = new Date()
  const plan = await planOf(context, outbound, source)
  const gone = goneIn(plan)
  const allowed = maxDeactivations ?? defaultDeactivations
  // A filter that finds nobody any more must not shut everybody out.
  if (gone > allowed) {
    const message = `This would deactivate ${gone}. Look at the preview, and allow as many.`
    throw invalidInput(['maxDeactivations'], message, { count: gone, max: allowed })
  }
  const by = requireViewer(context)
  const report = await runPlan(context, source, plan, by)
  await keepRun(context, source, { startedAt, trigger: 'ADMINISTRATOR', outcome: 'DONE', report, by })
  return report
}
