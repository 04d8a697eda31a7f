/**
 * The check at the door: from an entry of a config frame to a change, or to the reason why it is refused. Nothing past this file
 * sees a resource that does not match its definition.
 */
import { configKey, configKinds, configResource } from '@mailfleet/schema'
import type { ConfigChange, ConfigKey, ConfigResult } from '@mailfleet/schema'

/** As in schema/node.graphql: `resource` is JSON text, null removes the key. */
export interface ConfigEntry {
  key: string
  version: number
  resource: string | null
}

export type CheckedEntry = { ok: true; change: ConfigChange } | { ok: false; result: ConfigResult }

const maxReason = 500

export const rejected = (key: string, version: number, reason: string): ConfigResult => ({
  key: key as ConfigKey,
  version,
  status: 'REJECTED',
  error: reason.slice(0, maxReason),
})

/** A control plane newer than this node may send kinds that it does not know: those are refused and harm nothing. */
export function checkEntry({ key, version, resource }: ConfigEntry): CheckedEntry {
  const refuse = (reason: string): CheckedEntry => ({ ok: false, result: rejected(key, version, reason) })
  const slash = key.indexOf('/')
  const kind = key.slice(0, slash)
  if (!(configKinds as string[]).includes(kind)) return refuse(`this node does not know the kind ${kind || key}`)
  if (slash === key.length - 1) return refuse('the key has no id')
  if (!Number.isSafeInteger(version) || version < 0) return refuse('the version is not a whole number')
  if (resource === null) return { ok: true, change: { key: key as ConfigKey, version, resource: null } }
  let json: unknown
  try {
    json = JSON.parse(resource)
  } catch {
    return refuse('the resource is not JSON')
  }
  const parsed = configResource.safeParse(json)
  if (!parsed.success) {
    return refuse(
      parsed.error.issues.map((issue) => `${issue.path.join('.') || 'resource'}: ${issue.message}`).join('; '),
    )
  }
  if (configKey(parsed.data) !== key) return refuse(`the resource says that it is ${configKey(parsed.data)}`)
  return { ok: true, change: { key: key as ConfigKey, version, resource: parsed.data } }
}
