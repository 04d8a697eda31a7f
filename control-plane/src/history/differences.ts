/** What a change did, field by field. Values that the audit trail keeps back are named and not shown. */
import { shownValues } from '../audit/index.js'
import type { FieldDifference } from './revision.types.js'

type Values = Record<string, unknown> | null

/** What the triggers of the audit trail write in place of a secret. */
const secretMark = '(secret)'

/** Policies hold a setting by kind: each is a field of its own. */
function flat(type: string, values: Values): Record<string, unknown> {
  if (values === null) return {}
  if (type !== 'Policy' || typeof values.settings !== 'object') return values
  const { settings, ...rest } = values
  return { ...rest, ...(settings as object) }
}

export const equal = (a: unknown, b: unknown): boolean => canonical(a ?? null) === canonical(b ?? null)

/** JSON with the keys of objects in order: PostgreSQL's order is not that of whoever wrote it. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )

export function differences(type: string, before: Values, after: Values, whole: boolean): FieldDifference[] {
  const [was, is] = [flat(type, shownValues(before, whole)), flat(type, shownValues(after, whole))]
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort()
  return names.flatMap((field) => {
    const [from, to] = [was[field] ?? null, is[field] ?? null]
    if (field === 'id') return []
    const secret = from === secretMark || to === secretMark
    if (!secret && equal(from, to)) return []
    return [{ field, before: secret ? null : from, after: secret ? null : to, secret }]
  })
}
