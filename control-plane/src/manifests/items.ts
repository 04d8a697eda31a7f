/**
 * A tenant's state as a flat list, in which what is wanted and what there is can be compared: each thing by what it is and what people
 * call it, its fields in their one normal form.
 */
export type ItemKind = 'Domain' | 'Mailbox' | 'Alias' | 'Group' | 'Forward' | 'AccessRole' | 'Policies'

export interface Item {
  kind: ItemKind
  /** The name of the domain or role, or the address; of policies whose they are, '' being the tenant's. */
  key: string
  /** The key of what it ends with. */
  parent: string | null
  /** Undefined: nothing is said about it. */
  fields: Record<string, unknown>
  status?: 'ACTIVE' | 'SUSPENDED'
  /** Never compared and never shown. */
  secret?: { password?: string; passwordHash?: string }
}

export interface CurrentItem extends Item {
  version: number
}

/** Names of roles that differ in their case alone are the same one. */
export const idOf = ({ kind, key }: Pick<Item, 'kind' | 'key'>): string => `${kind} ${key.toLowerCase()}`

export type Settings = Record<string, { value: unknown; lock?: string | null } | undefined>

/** Of policies, in their one form: a lock that is not there is none. */
export const settingsOf = (settings: Settings): Item['fields'] =>
  Object.fromEntries(
    Object.entries(settings).map(([kind, setting]) => [kind, { value: setting!.value, lock: setting!.lock ?? null }]),
  )
