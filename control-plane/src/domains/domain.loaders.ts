/** Look-ups of domains that other objects need, batched. What they return is not yet checked against the viewer. */
import type { AdminContext } from '../access/index.js'
import { defineEntityLoader, defineLoader } from '../platform/loader.js'
import { Domain } from './domain.entity.js'

export const domainById = defineEntityLoader(Domain, { tenant: true })

/** Counts by an SQL statement that yields (id, count) for the ids in $1. */
const counter = (statement: string) =>
  defineLoader<AdminContext, string, number>(async ({ database }, ids) => {
    const rows = await database.query<{ id: string; count: number }>(statement, [ids])
    const counts = new Map(rows.map((row) => [row.id, row.count]))
    return ids.map((id) => counts.get(id) ?? 0)
  })

export const mailboxCountOfDomain = counter(
  `SELECT domain_id AS id, count(*)::integer AS count FROM mailbox
   WHERE domain_id = ANY($1::uuid[]) AND deleted_at IS NULL GROUP BY domain_id`,
)
export const aliasCountOfDomain = counter(
  `SELECT domain_id AS id, count(*)::integer AS count FROM alias WHERE domain_id = ANY($1::uuid[]) GROUP BY domain_id`,
)

/** Of the tenant and all below it. */
export const domainCountOfTenant = counter(
  `SELECT own.id, count(*)::integer AS count
   FROM tenant AS own
   JOIN tenant AS below ON below.path <@ own.path
   JOIN domain ON domain.tenant_id = below.id AND domain.deleted_at IS NULL
   WHERE own.id = ANY($1::uuid[]) GROUP BY own.id`,
)
export const mailboxCountOfTenant = counter(
  `SELECT own.id, count(*)::integer AS count
   FROM tenant AS own
   JOIN tenant AS below ON below.path <@ own.path
   JOIN domain ON domain.tenant_id = below.id AND domain.deleted_at IS NULL
   JOIN mailbox ON mailbox.domain_id = domain.id AND mailbox.deleted_at IS NULL
   WHERE own.id = ANY($1::uuid[]) GROUP BY own.id`,
)
