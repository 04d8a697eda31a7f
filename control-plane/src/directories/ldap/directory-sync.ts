/**
 * Sync of a directory: first looked at, then run. Who is gone there is deactivated here and never deleted; who was here by another
 * way is left alone. Each person is a transaction of their own, and what one of them meets stops no other.
 */
import type { EntityManager } from 'typeorm'
import { requireViewer, type AdminContext } from '../../access/index.js'
import { ExpectedError, invalidInput } from '../../platform/errors.js'
import type { Outbound } from '../../platform/http/outbound.js'
import { isOfKind, type SourceOf } from '../identity-source.entity.js'
import { requireCoveringGoverned, requireIdentitySource } from '../identity-source.service.js'
import { createPerson, linkedAdministrator, refreshPerson, setPersonActive } from '../provisioning.js'
import { actAsSource } from '../source-context.js'
import { withDirectory, type DirectoryEntry } from './directory.js'
import type { DirectorySync, PreviewDirectorySyncInput, RunDirectorySyncInput } from './directory-sync.types.js'
import { bindPassword } from './ldap-sign-in.js'
import { applyToMailbox, knownMailboxes } from './mailbox-sync.js'
import { planSync, type Known, type SyncStep } from './plan-sync.js'

const maxEntries = 50_000
const maxBytes = 256 * 1_024 * 1_024
/** Of one run; the next one goes on. */
const maxChanges = 1_000
const maxListed = 100
const defaultDeactivations = 10

type Source = SourceOf<'LDAP'>

const keepsMailboxes = ({ settings }: Source): boolean => settings.provisions === 'MAILBOXES'

async function requireDirectory(context: AdminContext, id: string): Promise<Source> {
  const source = await context.database.transaction(async (manager) => {
    const found = await requireIdentitySource(context, manager, id, 'update', ['identitySourceId'])
    await requireCoveringGoverned(context, manager, found.id)
    return found
  })
  if (isOfKind(source, 'LDAP') && source.status === 'ACTIVE') return source
  throw invalidInput(['identitySourceId'], 'Only an active source of kind LDAP is synced.')
}

async function plan(context: AdminContext, outbound: Outbound, source: Source) {
  const entries: DirectoryEntry[] = []
  try {
    const secret = await bindPassword(context, source.id)
    await withDirectory(outbound, source.settings, secret, maxBytes, async (directory) => {
      await directory.bindAsService()
      for await (const entry of directory.all()) {
        if (entries.length >= maxEntries) throw new Error(`there are more than ${maxEntries} entries`)
        entries.push(entry)
      }
    })
  } catch (error) {
    context.logger.warn({ error, source: source.id }, 'a directory could not be read')
    const message = `The directory could not be read: ${error instanceof Error ? error.message.slice(0, 300) : 'unknown'}`
    throw new ExpectedError('IDENTITY_SOURCE_FAILED', { message })
  }
  const known = keepsMailboxes(source)
    ? await knownMailboxes(context, source.id)
    : await knownAdministrators(context, source.id)
  return planSync(source, entries, known, keepsMailboxes(source))
}

const knownAdministrators = (context: AdminContext, sourceId: string): Promise<Known[]> =>
  context.system.query<Known>(
    `SELECT link.id AS "identityId", link.subject, administrator.email, administrator.name, administrator.role, link.active
     FROM external_identity AS link JOIN administrator ON administrator.id = link.administrator_id
     WHERE link.identity_source_id = $1`,
    [sourceId],
  )

function outcome(steps: readonly SyncStep[], unchanged: number, remaining: number): DirectorySync {
  const count = (action: SyncStep['action']) => steps.filter((step) => step.action === action).length
  return {
    created: count('CREATE'),
    updated: count('UPDATE'),
    deactivated: count('DEACTIVATE'),
    reactivated: count('REACTIVATE'),
    skipped: count('SKIP'),
    unchanged,
    remaining,
    people: [...steps]
      .sort((a, b) => Number(b.action === 'SKIP') - Number(a.action === 'SKIP'))
      .slice(0, maxListed)
      .map((step) => ({
        action: step.action,
        email: step.email,
        name: step.name,
        reason: step.action === 'SKIP' ? step.reason : null,
      })),
  }
}

export async function previewDirectorySync(
  context: AdminContext,
  outbound: Outbound,
  { identitySourceId }: PreviewDirectorySyncInput,
): Promise<DirectorySync> {
  const source = await requireDirectory(context, identitySourceId)
  const { steps, unchanged } = await plan(context, outbound, source)
  return outcome(steps, unchanged, steps.filter(({ action }) => action !== 'SKIP').length)
}

export async function runDirectorySync(
  context: AdminContext,
  outbound: Outbound,
  { identitySourceId, maxDeactivations }: RunDirectorySyncInput,
): Promise<DirectorySync> {
  const source = await requireDirectory(context, identitySourceId)
  const { steps, unchanged } = await plan(context, outbound, source)
  const gone = steps.filter(({ action }) => action === 'DEACTIVATE').length
  const allowed = maxDeactivations ?? defaultDeactivations
  // A filter that finds nobody any more must not shut everybody out.
  if (gone > allowed) {
    const message = `This would deactivate ${gone}. Look at the preview, and allow as many.`
    throw invalidInput(['maxDeactivations'], message, { count: gone, max: allowed })
  }
  const toDo = steps.filter(({ action }) => action !== 'SKIP')
  const done: SyncStep[] = steps.filter(({ action }) => action === 'SKIP')
  for (const step of toDo.slice(0, maxChanges)) done.push(await tryStep(context, source, step))
  return outcome(done, unchanged, Math.max(0, toDo.length - maxChanges))
}

async function tryStep(context: AdminContext, source: Source, step: SyncStep): Promise<SyncStep> {
  try {
    await context.system.transaction(async (manager) => {
      const viewer = requireViewer(context)
      const asSource = await actAsSource(context, manager, source, 'runDirectorySync', viewer)
      await asSource.system.transaction((inner) =>
        keepsMailboxes(source) ? applyToMailbox(asSource, inner, source, step) : apply(asSource, inner, source, step),
      )
    })
    return step
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    return { action: 'SKIP', email: step.email, name: step.name, reason: `${error.code}: ${error.message}` }
  }
}

async function apply(context: AdminContext, manager: EntityManager, source: Source, step: SyncStep): Promise<void> {
  if (step.action === 'SKIP') return
  if (step.action === 'CREATE') {
    const { subject, groups } = step.entry
    await createPerson(context, manager, source, { issuer: '', subject, email: step.email, name: step.name, groups })
    return
  }
  const linked = await linkedAdministrator(manager, source.id, { identityId: step.known.identityId })
  if (!linked) return
  if (step.action === 'DEACTIVATE') return setPersonActive(manager, linked, false)
  if (step.action === 'REACTIVATE') await setPersonActive(manager, linked, true)
  await refreshPerson(manager, source, linked, { name: step.name, groups: step.entry.groups })
}
