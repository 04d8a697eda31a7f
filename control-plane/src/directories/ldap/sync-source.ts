/**
 * One sync of one source: the directory is read as a whole before anything is changed. Who is gone there is deactivated here and never
 * deleted; who was here by another way is left alone. Each person is a transaction of their own, and what one of them meets stops
 * no other; but a source that is changed or suspended meanwhile ends it.
 */
import type { EntityManager } from 'typeorm'
import type { AdminContext, Viewer } from '../../access/index.js'
import { ExpectedError } from '../../platform/errors.js'
import type { Outbound } from '../../platform/http/outbound.js'
import { lockedSource } from '../active-source.js'
import type { SourceOf } from '../identity-source.entity.js'
import { createPerson, linkedAdministrator, refreshPerson, setPersonActive } from '../provisioning.js'
import { actAsSource } from '../source-context.js'
import { withDirectory, type DirectoryEntry } from './directory.js'
import type { DirectorySync } from './directory-sync.types.js'
import { bindPassword } from './ldap-sign-in.js'
import { applyToMailbox, knownMailboxes } from './mailbox-sync.js'
import { planSync, type Known, type SyncStep } from './plan-sync.js'

const maxEntries = 50_000
const maxBytes = 256 * 1_024 * 1_024
/** Of one run; the next one goes on. */
const maxChanges = 1_000
const maxListed = 100

export type LdapSourceRow = SourceOf<'LDAP'>

const keepsMailboxes = ({ settings }: LdapSourceRow): boolean => settings.provisions === 'MAILBOXES'

export interface SyncPlan {
  steps: SyncStep[]
  unchanged: number
  /** Entries that the directory has. */
  found: number
  /** Of those known here, how many are active. */
  active: number
}

export async function planOf(context: AdminContext, outbound: Outbound, source: LdapSourceRow): Promise<SyncPlan> {
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
  const active = known.filter((one) => one.active).length
  return { ...planSync(source, entries, known, keepsMailboxes(source)), found: entries.length, active }
}

const knownAdministrators = (context: AdminContext, sourceId: string): Promise<Known[]> =>
  context.system.query<Known>(
    `SELECT link.id AS "identityId", link.subject, administrator.email, administrator.name, administrator.role, link.active
     FROM external_identity AS link JOIN administrator ON administrator.id = link.administrator_id
     WHERE link.identity_source_id = $1`,
    [sourceId],
  )

export const goneIn = ({ steps }: SyncPlan): number => steps.filter(({ action }) => action === 'DEACTIVATE').length

export function outcome(steps: readonly SyncStep[], unchanged: number, remaining: number): DirectorySync {
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

/** `by`: who asked for it; null: the schedule. */
export async function runPlan(
  context: AdminContext,
  source: LdapSourceRow,
  { steps, unchanged }: SyncPlan,
  by: Viewer | null,
  signal?: AbortSignal,
): Promise<DirectorySync> {
  const toDo = steps.filter(({ action }) => action !== 'SKIP')
  const done: SyncStep[] = steps.filter(({ action }) => action === 'SKIP')
  let tried = 0
  for (const step of toDo.slice(0, maxChanges)) {
    if (signal?.aborted) break
    const result = await tryStep(context, source, step, by)
    if (!result) break
    done.push(result)
    tried++
  }
  return outcome(done, unchanged, toDo.length - tried)
}

/** Null: the source is not any more what it was when the directory was read. */
async function tryStep(
  context: AdminContext,
  source: LdapSourceRow,
  step: SyncStep,
  by: Viewer | null,
): Promise<SyncStep | null> {
  try {
    return await context.system.transaction(async (manager) => {
      if (!(await lockedSource(manager, source))) return null
      const asSource = await actAsSource(context, manager, source, 'runDirectorySync', by)
      await asSource.system.transaction((inner) =>
        keepsMailboxes(source) ? applyToMailbox(asSource, inner, source, step) : apply(asSource, inner, source, step),
      )
      return step
    })
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    return { action: 'SKIP', email: step.email, name: step.name, reason: `${error.code}: ${error.message}` }
  }
}

async function apply(context: AdminContext, manager: EntityManager, source: LdapSourceRow, step: SyncStep) {
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
