/** What would hold if a change of policies were saved: for whoever tries it on something. */
import type { PolicyLayer } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import { readLayers, type PolicyObject } from './object-policies.js'
import type { FoundObject } from './policy-object.js'
import { withNext } from './policy-preview.js'
import { checkedChange } from './policy.service.js'
import type { SetPoliciesInput } from './policy.types.js'

const atOnce = 1_000

interface Of {
  domainId: string | null
  mailboxId: string | null
}

export interface DraftPolicies {
  object: FoundObject
  /** What holds for each, and what would. Not told to anybody as it is: it comes from levels that the caller may not see. */
  layersOf(context: AdminContext, objects: readonly Of[]): Promise<{ now: PolicyLayer[]; then: PolicyLayer[] }[]>
}

export async function draftLayers(context: AdminContext, input: SetPoliciesInput): Promise<DraftPolicies> {
  const { object, next } = await context.database.transaction((manager) => checkedChange(context, manager, input))
  return {
    object,
    async layersOf({ system }, objects) {
      const paths = await tenantPaths(context, objects)
      const result: { now: PolicyLayer[]; then: PolicyLayer[] }[] = []
      for (let from = 0; from < objects.length; from += atOnce) {
        const part = objects.slice(from, from + atOnce).map(({ domainId, mailboxId }): PolicyObject => ({
          // Of what is gone nothing is known but that it was below.
          tenantPath: paths.get(domainId ?? '') ?? object.tenantPath,
          ...(domainId !== null && { domainId }),
          ...(mailboxId !== null && { mailbox: { id: mailboxId, quotaBytes: null, version: 0 } }),
        }))
        const layers = await readLayers((sql, parameters) => system.query(sql, parameters), part)
        result.push(...layers.map((now) => ({ now, then: withNext(now, object, next.settings) })))
      }
      return result
    },
  }
}

async function tenantPaths({ system }: AdminContext, objects: readonly Of[]): Promise<Map<string, string>> {
  const ids = [...new Set(objects.flatMap(({ domainId }) => domainId ?? []))]
  const rows = await system.query<{ id: string; path: string }>(
    `SELECT domain.id, tenant.path::text AS path FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.id = ANY($1::uuid[])`,
    [ids],
  )
  return new Map(rows.map(({ id, path }) => [id, path]))
}
