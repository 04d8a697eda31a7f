/**
 * From what each level says to what holds. The control plane and the nodes both run this function: an effective value is the same
 * wherever it is asked for.
 *
 * Invariants, for whatever levels say: below a FIXED lock the value is the locker's; below a STRICTER lock it is the locker's or a
 * stricter one; the value is one that some level (or the catalogue) gave, or a union of such.
 */
import {
  policyDefinition,
  policyKinds,
  union,
  type PolicyKind,
  type PolicyLevel,
  type PolicyLock,
  type PolicyValue,
} from './policy-kinds.js'

export interface PolicySetting {
  value: unknown
  lock?: PolicyLock | null | undefined
}

/** Which policy says it, and in which revision. */
export interface PolicyOrigin {
  level: PolicyLevel
  policyId: string
  /** The tenant, domain or mailbox that carries the policy. */
  objectId: string
  revision: number
}

export interface PolicyLayer {
  origin: PolicyOrigin
  settings: Readonly<Partial<Record<string, PolicySetting>>>
}

export interface EffectivePolicy<Kind extends PolicyKind = PolicyKind> {
  kind: Kind
  value: PolicyValue<Kind>
  /** What gave the value, or changed it last; null: nobody did. */
  origin: PolicyOrigin | null
  lock: { origin: PolicyOrigin; lock: PolicyLock } | null
  /** Of lists: what each level adds, from the top down. */
  parts: { value: string[]; origin: PolicyOrigin; locked: boolean }[]
  /** Levels whose setting a lock above them makes void. */
  overruled: PolicyOrigin[]
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** `layers` from the platform down. */
export function effectivePolicy<Kind extends PolicyKind>(
  kind: Kind,
  layers: readonly PolicyLayer[],
): EffectivePolicy<Kind> {
  const { merge, stricter, fallback } = policyDefinition(kind)
  const result: EffectivePolicy<Kind> = {
    kind,
    value: fallback as PolicyValue<Kind>,
    origin: null,
    lock: null,
    parts: [],
    overruled: [],
  }
  for (const { origin, settings } of layers) {
    const setting = settings[kind]
    if (setting === undefined) continue
    if (result.lock?.lock === 'FIXED') {
      if (!same(setting.value, result.value)) result.overruled.push(origin)
      continue
    }
    const current: unknown = result.value
    const strictest = merge === 'STRICTER' || result.lock !== null
    const value =
      merge === 'UNION'
        ? union(current as string[], setting.value as string[])
        : strictest
          ? stricter!(current, setting.value)
          : setting.value
    if (merge === 'UNION') {
      result.parts.push({ value: setting.value as string[], origin, locked: Boolean(setting.lock) })
      if (!same(value, current)) result.origin = origin
    } else if (!same(value, setting.value)) result.overruled.push(origin)
    // Of two levels that say the same, the one above is why it holds where only the strictest counts.
    else if (!strictest || result.origin === null || !same(value, current)) result.origin = origin
    result.value = value as PolicyValue<Kind>
    if (setting.lock) result.lock = { origin, lock: setting.lock }
  }
  return result
}

/** A mailbox's own quota, as the level that it is. */
export const quotaLayer = (mailbox: { id: string; quotaBytes: number | null; revision: number }): PolicyLayer[] =>
  mailbox.quotaBytes === null
    ? []
    : [
        {
          origin: { level: 'MAILBOX', policyId: mailbox.id, objectId: mailbox.id, revision: mailbox.revision },
          settings: { MAILBOX_QUOTA: { value: mailbox.quotaBytes } },
        },
      ]

export type SettingFault = 'UNKNOWN_KIND' | 'LEVEL' | 'VALUE' | 'LOCK'

/** The setting as it is kept, its value in normal form; or what is wrong with it. */
export function checkSetting(
  kind: string,
  level: PolicyLevel,
  setting: PolicySetting,
): { setting: PolicySetting; fault: null } | { fault: SettingFault; message: string } {
  if (!Object.hasOwn(policyKinds, kind)) return { fault: 'UNKNOWN_KIND', message: `there is no policy ${kind}` }
  const { value, levels, stricter } = policyDefinition(kind as PolicyKind)
  if (!levels.includes(level)) return { fault: 'LEVEL', message: `${kind} cannot be set at this level` }
  const parsed = value.safeParse(setting.value)
  if (!parsed.success) return { fault: 'VALUE', message: `${kind}: ${parsed.error.issues[0]?.message ?? 'malformed'}` }
  if (setting.lock === 'STRICTER' && !stricter) return { fault: 'LOCK', message: `${kind} has no stricter value` }
  return { setting: { value: parsed.data, ...(setting.lock && { lock: setting.lock }) }, fault: null }
}

/** Whether levels above let this one say so: null, or the lock that forbids it. */
export function lockedBy(kind: PolicyKind, above: readonly PolicyLayer[], value: unknown): EffectivePolicy['lock'] {
  const { lock, value: held } = effectivePolicy(kind, above)
  if (!lock || same(held, value)) return null
  if (lock.lock === 'FIXED') return lock
  const { merge, stricter } = policyDefinition(kind)
  return merge === 'UNION' || same(stricter!(held, value), value) ? null : lock
}
