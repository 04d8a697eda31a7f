/**
 * Changes that the viewer may see, read from the audit trail. A subscriber costs a number, not a buffer: pages are read when it takes
 * them, and of one that is too far behind it is told that it missed some. Whether a change may be seen is decided when it is
 * told, by the same query that would show the object.
 */
import type { GraphQLResolveInfo } from 'graphql'
import { may, pathsAbove, permissionSubject, type AdminContext, type SubjectName } from '../access/index.js'
import { actorShown, auditChannel, readChanges, subjectOfChange, type Change } from '../audit/index.js'
import { changesOf } from '../changes/index.js'
import { abortable } from '../platform/abortable.js'
import { invalidInput } from '../platform/errors.js'
import type { NodeInterface } from '../platform/graphql/node-interface.js'
import { isGiven } from '../platform/is-given.js'
import { forgetLoaded } from '../platform/loader.js'
import { Wake } from '../platform/wake.js'
import { findNode, isNodeType } from '../relay/index.js'
import { visibleTenant } from '../tenants/index.js'
import type { LiveChange, LiveChangeKind, LiveChangesArguments, LiveChangesFilter } from './live-change.types.js'

const pageSize = 100
/** Further behind than this it is cheaper to read the lists again. */
const maxBehind = 5_000
const pollMs = 5_000
const maxIds = 200

const never = new AbortController().signal

export function liveChanges(
  context: AdminContext,
  { filter, after }: LiveChangesArguments,
  info: GraphQLResolveInfo,
): AsyncGenerator<LiveChange, void, void> {
  const from = isGiven(after) ? parseCursor(after) : null
  if ((filter?.ids?.length ?? 0) > maxIds) throw invalidInput(['filter', 'ids'], `At most ${maxIds}.`, { max: maxIds })
  const { notifications } = changesOf(context.database)
  const wake = new Wake()
  const unsubscribe = notifications.on(auditChannel, wake.fire)
  return abortable(
    async function* (signal) {
      // As the system: what of it the viewer may see is decided for each change.
      const { head } = await readChanges(context.system, 0, 0)
      let at = Math.min(from ?? head, head)
      yield notice('BEGAN', at)
      while (!signal.aborted) {
        const page = await readChanges(context.system, at, pageSize)
        if (page.head - at > maxBehind) {
          at = page.head
          yield notice('MISSED', at)
          continue
        }
        at = page.upTo
        forgetLoaded(context)
        for (const change of await visibleChanges(context, filter ?? {}, page.changes, info)) {
          if (signal.aborted) return
          yield change
        }
        if (at >= page.head) await wake.wait(signal, pollMs)
      }
    },
    never,
    unsubscribe,
  )
}

const notice = (kind: LiveChangeKind, sequence: number): LiveChange => ({
  kind,
  cursor: formatCursor(sequence),
  type: null,
  id: null,
  at: null,
  node: null,
  version: null,
  actor: null,
})

const formatCursor = (sequence: number): string => Buffer.from(`change:${sequence}`).toString('base64url')

function parseCursor(cursor: string): number {
  const text = cursor.length < 100 ? Buffer.from(cursor, 'base64url').toString() : ''
  const sequence = /^change:(\d{1,15})$/.exec(text)?.[1]
  if (sequence === undefined) throw invalidInput(['after'], 'This is no cursor of changes.')
  return Number(sequence)
}

async function visibleChanges(
  context: AdminContext,
  filter: LiveChangesFilter,
  changes: readonly Change[],
  info: GraphQLResolveInfo,
): Promise<LiveChange[]> {
  const wanted = await chosen(context, filter, changes)
  const seen = await Promise.all(wanted.map((change) => visibleChange(context, change, info)))
  return seen.filter((change) => change !== null)
}

async function chosen(
  context: AdminContext,
  { types, ids, withinId }: LiveChangesFilter,
  changes: readonly Change[],
): Promise<Change[]> {
  const tenant = isGiven(withinId) ? await visibleTenant(context, withinId) : null
  if (isGiven(withinId) && !tenant) return []
  const among = isGiven(ids) ? new Set(ids.map((id) => id.toLowerCase())) : null
  const isWithin = (path: string | null): boolean => tenant === null || pathsAbove(path).includes(tenant.path)
  return changes.filter(
    (change) =>
      (!isGiven(types) || types.some((type) => type === change.subjectType)) &&
      (!among || (change.subjectId !== null && among.has(change.subjectId))) &&
      (isWithin(change.tenantPath) || isWithin(change.formerPath)),
  )
}

/** Null for what the viewer may not see, or not any more. */
async function visibleChange(
  context: AdminContext,
  change: Change,
  info: GraphQLResolveInfo,
): Promise<LiveChange | null> {
  const subject = subjectOfChange(change)
  if (!subject) return null
  const told = (kind: LiveChangeKind, node: NodeInterface | null = null): LiveChange => ({
    kind,
    cursor: formatCursor(change.sequence),
    type: change.subjectType as SubjectName,
    id: change.subjectId,
    at: change.at,
    node,
    version: (node as { version?: number } | null)?.version ?? null,
    actor: actorOf(context, change),
  })
  const asWritten = may(context, 'read', subject)
  if (change.change === 'DELETED') return asWritten ? told('DELETED') : null
  if (!isNodeType(info.schema, change.subjectType)) return asWritten ? told(change.change) : null
  const node = change.subjectId === null ? null : await findNode(change.subjectId, context, info)
  if (node) return told(change.change, node)
  // Made and gone again since: of that the deletion tells.
  if (change.change === 'CREATED') return null
  const former = change.formerPath === null ? null : subjectOfChange(change, change.formerPath)
  return asWritten || (former && may(context, 'read', former)) ? told('DELETED') : null
}

function actorOf(context: AdminContext, { actor, tenantPath }: Change): LiveChange['actor'] {
  const readable = may(context, 'read', permissionSubject('AuditEntry', { within: pathsAbove(tenantPath) }))
  const shown = readable ? actorShown(actor) : null
  return shown && ({ email: null, impersonatorEmail: null, ...shown } as unknown as LiveChange['actor'])
}
