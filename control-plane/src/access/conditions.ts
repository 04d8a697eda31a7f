/**
 * Conditions of rules, as a small algebra: what two of them have in common is again one, and whether one lies within the
 * other can be told from their texts alone. That is what lets roles be compared and cut down without asking the database.
 *
 * `within: path` is the tenant at that path and all below; `tenantPath: path` that tenant alone. Any other field has one
 * value, or one of several.
 */
export type Conditions = Readonly<Record<string, string | { readonly $in: readonly string[] }>>

const isWithin = (path: string, above: string): boolean => path === above || path.startsWith(`${above}.`)

const valuesOf = (condition: Conditions[string]): readonly string[] =>
  typeof condition === 'string' ? [condition] : condition.$in

const among = (values: readonly string[]): Conditions[string] => (values.length === 1 ? values[0]! : { $in: values })

const pathOf = (conditions: Conditions, field: 'within' | 'tenantPath'): string | undefined =>
  conditions[field] as string | undefined

/** What meets both; null where nothing can. */
export function conjunction(a: Conditions, b: Conditions): Conditions | null {
  const result: Record<string, Conditions[string]> = {}
  for (const field of new Set([...Object.keys(a), ...Object.keys(b)])) {
    if (field === 'within' || field === 'tenantPath') continue
    const [one, other] = [a[field], b[field]]
    const values =
      one && other ? valuesOf(one).filter((value) => valuesOf(other).includes(value)) : valuesOf((one ?? other)!)
    if (values.length === 0) return null
    result[field] = among(values)
  }
  const exact = [pathOf(a, 'tenantPath'), pathOf(b, 'tenantPath')].filter((path) => path !== undefined)
  if (exact.length === 2 && exact[0] !== exact[1]) return null
  const trees = [pathOf(a, 'within'), pathOf(b, 'within')].filter((path) => path !== undefined)
  if (exact[0] !== undefined) {
    if (!trees.every((tree) => isWithin(exact[0]!, tree))) return null
    return { tenantPath: exact[0], ...result }
  }
  const [deepest] = trees.sort((one, other) => other.length - one.length)
  if (deepest === undefined) return result
  return trees.every((tree) => isWithin(deepest, tree)) ? { within: deepest, ...result } : null
}

/** Whether all that meets `inner` meets `outer`. */
export function isPartOf(inner: Conditions, outer: Conditions): boolean {
  return Object.entries(outer).every(([field, condition]) => {
    if (field === 'within') {
      const path = pathOf(inner, 'tenantPath') ?? pathOf(inner, 'within')
      return path !== undefined && isWithin(path, condition as string)
    }
    const own = inner[field]
    return own !== undefined && valuesOf(own).every((value) => valuesOf(condition).includes(value))
  })
}
