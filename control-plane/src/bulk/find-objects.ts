/**
 * The objects that rows name, by id or as people call them, within a job's reach. Whether whoever started the job may do it is
 * not looked at here, but by whoever does it.
 */
import { domainOf } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import type { JobReach, RowInput } from '../jobs/index.js'
import { invalidInput, notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'

export interface Found {
  id: string
  version: number
}

/** `name`: the column by which people call it. */
interface Table {
  from: string
  table: string
  name: string
  field: string
}

const inDomain = (table: string, rows = table): string =>
  `${rows} JOIN domain ON domain.id = ${table}.domain_id JOIN tenant ON tenant.id = domain.tenant_id`

export const mailboxes: Table = {
  from: inDomain('mailbox', '(SELECT * FROM mailbox WHERE deleted_at IS NULL) AS mailbox'),
  table: 'mailbox',
  name: 'mailbox.address',
  field: 'address',
}
export const aliases: Table = { from: inDomain('alias'), table: 'alias', name: 'alias.address', field: 'address' }
export const groups: Table = {
  from: inDomain('mail_group'),
  table: 'mail_group',
  name: 'mail_group.address',
  field: 'address',
}
/** By the address of its mailbox, which has one at most. */
export const forwards: Table = {
  from: `forward JOIN mailbox ON mailbox.id = forward.mailbox_id JOIN domain ON domain.id = mailbox.domain_id
    JOIN tenant ON tenant.id = domain.tenant_id`,
  table: 'forward',
  name: 'mailbox.address',
  field: 'address',
}
/** Of several claims to a name the one that is proven. */
export const domains: Table = {
  from: '(SELECT * FROM domain WHERE deleted_at IS NULL ORDER BY proof IS NULL) AS domain JOIN tenant ON tenant.id = domain.tenant_id',
  table: 'domain',
  name: 'domain.name',
  field: 'name',
}

/** A version that the row names has to be the current one; else whatever version there is will do. */
export async function findObject(
  { database }: AdminContext,
  { from, table, name, field }: Table,
  input: RowInput,
  { tenantPath }: JobReach,
): Promise<Found> {
  const byId = typeof input.id === 'string'
  const value = byId ? input.id : input[field]
  const path = [byId ? 'id' : field]
  if (typeof value !== 'string') throw invalidInput(path, 'This must be given.')
  if (byId && !isId(value)) throw notFound(path)
  const [found] = await database.query<Found>(
    `SELECT ${table}.id, ${table}.version FROM ${from}
     WHERE ${byId ? `${table}.id` : name} = $1 AND tenant.path <@ $2::ltree LIMIT 1`,
    [value, tenantPath],
  )
  if (!found) throw notFound(path)
  return { id: found.id, version: typeof input.version === 'number' ? input.version : found.version }
}

/** Ids of domains by name, for addresses in them. */
export const domainsOfAddresses = (
  context: AdminContext,
  addresses: readonly string[],
  { tenantPath }: JobReach,
): Promise<Map<string, string>> => idsOfDomains(context, [...new Set(addresses.map(domainOf))], tenantPath)

/** By name, in a tenant and those below. */
export async function idsOfDomains(
  { database }: AdminContext,
  names: readonly string[],
  tenantPath: string,
): Promise<Map<string, string>> {
  const rows = await database.query<{ id: string; name: string }>(
    `SELECT domain.id, domain.name FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.name = ANY($1::text[]) AND tenant.path <@ $2::ltree AND domain.deleted_at IS NULL
     ORDER BY domain.proof IS NOT NULL`,
    [names, tenantPath],
  )
  return new Map(rows.map(({ id, name }) => [name, id]))
}
