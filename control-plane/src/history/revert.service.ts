/**
 * Going back, as a new revision. All of it happens in one transaction, by the services of the objects and with the rights of whoever
 * asks: where one object cannot go back, none does.
 *
 * `revertRevision` takes back what one revision changed, and leaves alone what it did not. A field that was changed again since is a
 * conflict: it is shown, and nothing is changed unless the caller says to overwrite. `revertTo` brings objects to the state of a
 * revision, whatever was changed since.
 */
import { within, type AdminContext } from '../access/index.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import type { Status } from '../platform/graphql/enums.js'
import { configAt, requireRetained } from './config-at.js'
import { configObjectOf, isConfigObjectType, type ConfigObjectType } from './config-objects.js'
import { equal } from './differences.js'
import { fieldsOf, reverters, type Present } from './revert-objects.js'
import { readChangesOf, visibleRevision } from './revision.queries.js'
import type { HistoryKeyInput, RevertConflict, RevertRevisionInput, RevertToInput } from './revision.types.js'

type Columns = Record<string, unknown>

/** Where an object is to go, and what is expected to be there. */
interface Step {
  type: ConfigObjectType
  id: string
  label: string | null
  /** Null: it was not there. */
  target: Columns | null
  /** What the revision made of it; undefined: whatever it is. Null: the revision deleted it. */
  expected?: Columns | null
}

export interface Reverted {
  conflicts: RevertConflict[]
  reverted: number
}

const maxKeys = 100
const maxConflicts = 100
/** More than this is an import: that is taken back by another one. */
const maxObjects = 1_000

export async function revertRevision(context: AdminContext, input: RevertRevisionInput): Promise<Reverted> {
  const revision = await visibleRevision(context, { id: input.id })
  if (!revision) throw notFound(['id'])
  const rows = await readChangesOf(context, [revision.id], maxObjects + 1)
  if (rows.length > maxObjects)
    throw invalidInput(['id'], `This revision changed more than ${maxObjects} objects.`, { max: maxObjects })
  const steps = new Map<string, Step>()
  for (const { type, objectId, label, before, after, change } of rows) {
    if (!isConfigObjectType(type) || objectId === null || 'member_id' in (after ?? before ?? {})) continue
    const step = steps.get(objectId)
    const expected = change === 'DELETED' ? null : { ...step?.expected, ...after }
    // Of several changes of one object the first says what was before, the last what came of it.
    if (step) steps.set(objectId, { ...step, expected, target: step.target && { ...before, ...step.target } })
    else steps.set(objectId, { type, id: objectId, label, expected, target: change === 'CREATED' ? null : before })
  }
  const wanted = isGiven(input.keys) ? chosen(steps, input.keys) : [...steps.values()]
  return apply(context, wanted, input.overwrite)
}

export async function revertTo(context: AdminContext, { revision, keys }: RevertToInput): Promise<Reverted> {
  if (keys.length < 1 || keys.length > maxKeys)
    throw invalidInput(['keys'], `There must be 1 to ${maxKeys} objects.`, { max: maxKeys })
  const states = await Promise.all(
    keys.map(({ type, id }) => configAt(context, { filter: { type, objectId: id } }).then(({ nodes }) => nodes[0])),
  )
  const missing = states.findIndex((state) => !state)
  if (missing !== -1) throw notFound(['keys', String(missing), 'id'])
  await requireRetained(context, revision, ['revision'])
  const steps: Step[] = []
  for (const [index, { type, id, label }] of states.map((state) => state!).entries()) {
    const { nodes } = await configAt(context, { revision, filter: { type, objectId: id } })
    if (!nodes[0]) throw invalidInput(['keys', String(index)], 'It was not there at this revision.')
    steps.push({ type, id, label, target: nodes[0].values })
  }
  return apply(context, steps, true)
}

function chosen(steps: ReadonlyMap<string, Step>, keys: readonly HistoryKeyInput[]): Step[] {
  return keys.map(({ type, id }, index) => {
    const step = isId(id) ? steps.get(id.toLowerCase()) : undefined
    if (step?.type !== type) throw notFound(['keys', String(index), 'id'])
    return step
  })
}

/** What others need comes first: what was deleted is made again before it is changed, the newest is taken away first. */
async function apply(context: AdminContext, steps: readonly Step[], overwrite: boolean): Promise<Reverted> {
  if (steps.length === 0) throw new ExpectedError('WRONG_STATE', { params: { state: 'NOT_REVERTIBLE' } })
  return context.system.transaction(async (manager) => {
    const inner = within(context, manager)
    const present = new Map<string, Present | null>()
    for (const step of [...steps].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      present.set(step.id, await lockObject(inner, step.type, step.id))
    }
    const conflicts = overwrite ? [] : steps.flatMap((step) => conflictsOf(step, present.get(step.id)!))
    if (conflicts.length > 0) return { conflicts: conflicts.slice(0, maxConflicts), reverted: 0 }
    let reverted = 0
    for (const step of [...steps].reverse()) if (await bring(inner, step, present.get(step.id)!)) reverted++
    return { conflicts: [], reverted }
  })
}

/** Null also where the caller does not reach it any more. */
async function lockObject(context: AdminContext, type: ConfigObjectType, id: string): Promise<Present | null> {
  const { table, settings, place } = configObjectOf(type)
  const columns = [...Object.values(settings), ...place].map((column) => `'${column}', ${column}`).join(', ')
  const [row] = await context.database.query<Present>(
    `SELECT id, version, jsonb_build_object(${columns}) AS values FROM ${table} WHERE id = $1 FOR UPDATE`,
    [id],
  )
  return row ?? null
}

function conflictsOf({ type, id, label, target, expected }: Step, present: Present | null): RevertConflict[] {
  const conflict = (field: string, was: unknown, current: unknown) => ({
    type,
    objectId: id,
    label,
    field,
    expected: was,
    current,
  })
  if (expected === undefined) return []
  if (expected === null || target === null) {
    const there = present !== null
    return there === (expected !== null) ? [] : [conflict('', expected !== null, there)]
  }
  if (!present) return [conflict('', true, false)]
  const [made, now, before] = [fieldsOf(type, expected), fieldsOf(type, present.values), fieldsOf(type, target)]
  const fields = new Set([...Object.keys(made), ...Object.keys(before)])
  return [...fields]
    .filter((field) => !equal(made[field], before[field]))
    .filter((field) => !equal(now[field], made[field]) && !equal(now[field], before[field]))
    .map((field) => conflict(field, made[field] ?? null, now[field] ?? null))
}

/** Whether there was anything to do. */
async function bring(context: AdminContext, step: Step, present: Present | null): Promise<boolean> {
  const { type, target, expected } = step
  const reverter = reverters[type]
  const impossible = () =>
    new ExpectedError('WRONG_STATE', {
      message: 'A deleted object of this kind cannot be made again from its history.',
      params: { state: 'NOT_REVERTIBLE' },
    })
  if (!present) {
    if (target === null) return false
    if (!reverter.create) throw impossible()
    await reverter.create(context, target)
    return true
  }
  const input = { id: present.id, version: present.version }
  if (target === null && type !== 'Policy') {
    if (!reverter.remove) throw impossible()
    await reverter.remove(context, input)
    return true
  }
  if (target && 'deleted_at' in target && (target.deleted_at === null) !== (present.values.deleted_at === null)) {
    await (target.deleted_at === null ? reverter.restore! : reverter.remove!)(context, input)
    input.version++
  }
  const changes = changedFields(type, target ?? {}, expected ?? null, present)
  const { status, ...fields } = type === 'Policy' ? { ...changes, status: undefined } : changes
  if (Object.keys(fields).filter((name) => fields[name] !== undefined).length > 0) {
    await reverter.update(context, input, fields, present)
    input.version++
  }
  if (status !== undefined) await reverter.setStatus!(context, input, status as Status)
  return Object.keys(changes).length > 0 || input.version > present.version
}

/** Of a revision what it changed, of a state all of it, where it differs from what is there. */
function changedFields(type: ConfigObjectType, target: Columns, expected: Columns | null, present: Present): Columns {
  const [before, now] = [fieldsOf(type, target), fieldsOf(type, present.values)]
  const made = expected ? fieldsOf(type, expected) : null
  const names = new Set([...Object.keys(before), ...(type === 'Policy' ? Object.keys(made ?? now) : [])])
  const changed = [...names].filter(
    (name) => !equal(before[name], now[name]) && (made === null || !equal(before[name], made[name])),
  )
  return Object.fromEntries(changed.map((name) => [name, before[name] ?? null]))
}
