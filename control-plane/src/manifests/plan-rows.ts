/**
 * The rows by which what there is becomes what is wanted, in an order in which each finds what it needs: what goes away makes room,
 * domains come before what is in them, policies before forwards that they must allow, and of aliases, groups and forwards the
 * targets before those that lead to them, so that at no moment they lead in a circle.
 */
import { isDeepStrictEqual } from 'node:util'
import type { FieldChange, RowInput, RowToInsert } from '../jobs/index.js'
import { localPartOf } from '@mailfleet/schema'
import { idOf, type CurrentItem, type Item, type ItemKind } from './items.js'
import { targetsFirst } from './targets-first.js'

type Row = Omit<RowToInsert, 'number'>

/** How rows call such an object. */
const nameField: Record<Exclude<ItemKind, 'Policies'>, string> = {
  Domain: 'name',
  Mailbox: 'address',
  Alias: 'address',
  Group: 'address',
  Forward: 'address',
  AccessRole: 'role',
}

export function planRows(wanted: readonly Item[], current: readonly CurrentItem[], prune: boolean): Row[] {
  const known = new Map(current.map((item) => [idOf(item), item]))
  const named = new Set(wanted.map(idOf))
  const changes = (item: Item): Row[] => changeRows(item, known.get(idOf(item)), prune)
  const of = (...kinds: ItemKind[]): Item[] => wanted.filter(({ kind }) => kinds.includes(kind))
  const isOfMailbox = ({ key }: Item): boolean => key.includes('@')
  const policies = of('Policies')
  return [
    ...(prune ? removals(current, named) : []),
    ...of('Domain').flatMap(changes),
    ...policies.filter((item) => !isOfMailbox(item)).flatMap(changes),
    ...of('Mailbox').flatMap(changes),
    ...policies.filter(isOfMailbox).flatMap(changes),
    ...of('AccessRole').flatMap(changes),
    ...targetsFirst(of('Alias', 'Group', 'Forward')).flatMap(changes),
  ]
}

/** What ends with something else needs no row of its own. */
function removals(current: readonly CurrentItem[], named: ReadonlySet<string>): Row[] {
  const gone = current.filter((item) => !named.has(idOf(item)))
  const ends = new Set(gone.filter(({ kind }) => kind === 'Domain' || kind === 'Mailbox').map(({ key }) => key))
  const rowsOf = (kind: ItemKind): Row[] =>
    gone
      .filter((item) => item.kind === kind && (item.parent === null || !ends.has(item.parent)))
      .map((item) => ({
        operation: `delete${kind}`,
        key: item.key,
        input: { ...nameOf(item), version: item.version },
        changes: differences(item.fields, {}, Object.keys(item.fields)),
      }))
  const policies = gone.filter(
    (item) => item.kind === 'Policies' && (item.parent === null || !ends.has(item.parent)) && !isEmpty(item.fields),
  )
  return [
    ...policies.map((item) => policyRow(item, {}, item, true)!),
    ...(['AccessRole', 'Forward', 'Alias', 'Group', 'Mailbox', 'Domain'] as const).flatMap(rowsOf),
  ]
}

const isEmpty = (fields: object): boolean => Object.keys(fields).length === 0

function nameOf({ kind, key }: Item): RowInput {
  return kind === 'Policies' ? {} : { [nameField[kind]]: key }
}

function changeRows(item: Item, current: CurrentItem | undefined, prune: boolean): Row[] {
  if (item.kind === 'Policies') {
    const row = policyRow(item, item.fields, current, prune)
    return row ? [row] : []
  }
  const fields = current ? item.fields : { ...defaultsOf(item), ...given(item.fields) }
  const changed = Object.keys(fields).filter(
    (name) => fields[name] !== undefined && !isDeepStrictEqual(fields[name], current?.fields[name]),
  )
  const place = { key: item.key }
  const rows: Row[] = []
  if (!current) {
    const changes = [...differences({}, fields, changed), ...secretChange(item)]
    const input = { ...nameOf(item), ...given(fields) }
    rows.push({
      ...place,
      operation: `create${item.kind}`,
      input,
      changes,
      ...(item.secret && { secret: item.secret }),
    })
  } else if (changed.length > 0) {
    const input = { ...nameOf(current), version: current.version, ...pick(fields, changed) }
    rows.push({
      ...place,
      operation: `update${item.kind}`,
      input,
      changes: differences(current.fields, fields, changed),
    })
  }
  const before = current?.status ?? 'ACTIVE'
  if (item.status !== undefined && item.status !== before) {
    const input = { ...nameOf(item), ...(current && rows.length === 0 && { version: current.version }) }
    const changes = differences({ status: before }, { status: item.status }, ['status'])
    rows.push({ ...place, operation: `${item.status === 'ACTIVE' ? 'resume' : 'suspend'}${item.kind}`, input, changes })
  }
  return rows
}

/** What a new object has of which the manifest says nothing. */
function defaultsOf({ kind, key }: Item): Record<string, unknown> {
  if (kind === 'Mailbox') return { name: localPartOf(key), quotaBytes: null }
  if (kind === 'Group') return { name: localPartOf(key), members: [], posting: 'MEMBERS', posters: [] }
  if (kind === 'AccessRole') return { description: '' }
  return kind === 'Forward' ? { keepCopy: true } : {}
}

const secretChange = ({ secret }: Item): FieldChange[] =>
  secret ? [{ field: 'password', before: null, after: null }] : []

function policyRow(item: Item, fields: Item['fields'], current: CurrentItem | undefined, prune: boolean): Row | null {
  const before = current?.fields ?? {}
  const set = Object.keys(fields).filter((kind) => !isDeepStrictEqual(fields[kind], before[kind]))
  const unset = prune ? Object.keys(before).filter((kind) => !(kind in fields)) : []
  if (set.length + unset.length === 0) return null
  const { key } = item
  const target = key === '' ? 'TENANT' : key.includes('@') ? 'MAILBOX' : 'DOMAIN'
  return {
    operation: 'setPolicies',
    key,
    input: {
      target,
      ...(target === 'DOMAIN' && { name: key }),
      ...(target === 'MAILBOX' && { address: key }),
      version: current?.version ?? 0,
      set: set.map((kind) => ({ kind, ...(fields[kind] as object) })),
      unset,
    },
    changes: differences(before, fields, [...set, ...unset]),
  }
}

const given = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))

const pick = (fields: Record<string, unknown>, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.map((name) => [name, fields[name]]))

const differences = (before: Item['fields'], after: Item['fields'], names: readonly string[]): FieldChange[] =>
  names.map((field) => ({ field, before: shown(before[field]), after: shown(after[field]) }))

const shown = (value: unknown): string | null => (value === undefined ? null : JSON.stringify(value))
