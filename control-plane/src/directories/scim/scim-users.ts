/** Users: listed, made, replaced, deleted. A user that is deleted there is deactivated here. */
import type { EntityManager } from 'typeorm'
import { normalizeAddress } from '@mailfleet/schema'
import { isId } from '../../platform/ids.js'
import type { Database } from '../../platform/database.js'
import { createPerson, link, linkedAdministrator, refreshPerson, setPersonActive } from '../provisioning.js'
import { write, type Page, type ScimClient } from './scim-client.js'
import { invalid, noResource, ScimError } from './scim-error.js'
import type { Matches } from './scim-filter.js'
import { givenUser, userResource, type GivenUser, type UserRow } from './scim-user.js'

type Queryable = Pick<EntityManager, 'query'> | Database
/** More are read through a filter only by name. */
const maxScanned = 20_000

const select = `
  SELECT link.id, link.attributes, administrator.email, administrator.name, administrator.status = 'ACTIVE' AS active,
    link.version || '.' || administrator.version AS version, link.created_at,
    greatest(link.updated_at, administrator.updated_at) AS updated_at,
    (SELECT json_agg(json_build_object('id', scim_group.id, 'name', scim_group.display_name) ORDER BY scim_group.id)
      FROM scim_group_member AS member JOIN scim_group ON scim_group.id = member.scim_group_id
      WHERE member.external_identity_id = link.id) AS groups
  FROM external_identity AS link JOIN administrator ON administrator.id = link.administrator_id
  WHERE link.identity_source_id = $1 AND NOT link.attributes ? 'deleted'`

const rowsOf = (database: Queryable, sql: string, values: unknown[]): Promise<UserRow[]> =>
  database.query(sql, values) as Promise<UserRow[]>

export async function userById(client: ScimClient, database: Queryable, id: string): Promise<Record<string, unknown>> {
  const [row] = isId(id) ? await rowsOf(database, `${select} AND link.id = $2`, [client.source.id, id]) : []
  if (!row) throw noResource()
  return userResource(row, client.base)
}

/** The filter that clients send before anything else is asked of the index. */
const byName = /^\s*(userName|externalId)\s+eq\s+"([^"\\]*)"\s*$/i

export async function listUsers(client: ScimClient, page: Page, filter: string | null, matches: Matches | null) {
  const { source, base, parts } = client
  const named = filter === null ? null : byName.exec(filter)
  if (named) {
    const isUserName = named[1]!.toLowerCase() === 'username'
    const condition = isUserName ? 'link.subject = lower($2)' : `link.attributes->>'externalId' = $2`
    const rows = await rowsOf(parts.system, `${select} AND ${condition} ORDER BY link.id`, [source.id, named[2]])
    return {
      total: rows.length,
      resources: pageOf(
        rows.map((row) => userResource(row, base)),
        page,
      ),
    }
  }
  if (!matches) {
    const [{ total }] = (await parts.system.query<{ total: number }>(
      `SELECT count(*)::integer AS total FROM (${select}) AS listed`,
      [source.id],
    )) as [{ total: number }]
    const values = [source.id, page.count, page.startIndex - 1]
    const rows = await rowsOf(parts.system, `${select} ORDER BY link.id LIMIT $2 OFFSET $3`, values)
    return { total, resources: rows.map((row) => userResource(row, base)) }
  }
  const rows = await rowsOf(parts.system, `${select} ORDER BY link.id LIMIT $2`, [source.id, maxScanned + 1])
  if (rows.length > maxScanned) throw invalid('tooMany', 'Ask by userName or externalId.')
  const found = rows.map((row) => userResource(row, base)).filter(matches)
  return { total: found.length, resources: pageOf(found, page) }
}

const pageOf = <T>(all: T[], { startIndex, count }: Page): T[] => all.slice(startIndex - 1, startIndex - 1 + count)

export const createUser = (client: ScimClient, body: unknown): Promise<Record<string, unknown>> => {
  const given = givenUser(body)
  const { source } = client
  return write(client, 'scim.createUser', async (context, manager) => {
    const [former]: { id: string; deleted: boolean }[] = await manager.query(
      `SELECT id, attributes ? 'deleted' AS deleted FROM external_identity
       WHERE identity_source_id = $1 AND issuer = '' AND subject = $2`,
      [source.id, subjectOf(given)],
    )
    if (former && !former.deleted) throw new ScimError(409, 'There is a user with this userName.', 'uniqueness')
    const person = { issuer: '', subject: subjectOf(given), email: given.email, name: given.name, groups: [] }
    const identityId =
      former?.id ??
      (await adopt(client, manager, given)) ??
      (await createPerson(context, manager, source, person, source.settings.signInSourceId, given.attributes))
        .identityId
    await store(client, manager, identityId, given)
    return userById(client, manager, identityId)
  })
}

const subjectOf = ({ attributes }: GivenUser): string => attributes.userName.toLowerCase()

/** Who came in through the source by which these people sign in, before this one spoke of them. */
async function adopt({ source }: ScimClient, manager: EntityManager, given: GivenUser): Promise<string | null> {
  const [found]: { id: string }[] = await manager.query(
    `SELECT id FROM administrator WHERE email = $1 AND tenant_id = $2 AND identity_source_id = $3 FOR UPDATE`,
    [given.email, source.tenantId, source.settings.signInSourceId],
  )
  if (!found) return null
  return link(manager, source, { issuer: '', subject: subjectOf(given) }, found.id, given.attributes)
}

export const replaceUser = (
  client: ScimClient,
  id: string,
  change: (current: Record<string, unknown>) => unknown,
): Promise<Record<string, unknown>> =>
  write(client, 'scim.replaceUser', async (_context, manager) => {
    const current = await userById(client, manager, id)
    const given = givenUser(change(current))
    const [known] = current.emails as [{ value: string }]
    if (normalizeAddress(given.email) !== known.value) {
      throw new ScimError(400, 'The address by which somebody signs in does not change.', 'mutability')
    }
    await store(client, manager, id, given)
    return userById(client, manager, id)
  })

async function store({ source }: ScimClient, manager: EntityManager, id: string, given: GivenUser): Promise<void> {
  await manager.query(
    `UPDATE external_identity SET attributes = $2, subject = $3, version = version + 1, updated_at = now()
     WHERE id = $1 AND (attributes <> $2 OR subject <> $3)`,
    [id, JSON.stringify(given.attributes), subjectOf(given)],
  )
  const linked = await linkedAdministrator(manager, source.id, { identityId: id })
  if (!linked) throw noResource()
  await setPersonActive(manager, linked, given.active)
  await refreshPerson(manager, source, linked, { name: given.name, groups: await groupsOf(manager, id) })
}

async function groupsOf(manager: EntityManager, identityId: string): Promise<string[]> {
  const rows: { name: string }[] = await manager.query(
    `SELECT scim_group.display_name AS name FROM scim_group_member AS member
     JOIN scim_group ON scim_group.id = member.scim_group_id WHERE member.external_identity_id = $1`,
    [identityId],
  )
  return rows.map(({ name }) => name)
}

/** Roles as their groups now say. */
export async function refreshMembers(
  { source }: ScimClient,
  manager: EntityManager,
  ids: readonly string[],
): Promise<void> {
  for (const identityId of ids) {
    const linked = await linkedAdministrator(manager, source.id, { identityId })
    if (!linked) continue
    const groups = await groupsOf(manager, identityId)
    await refreshPerson(manager, source, linked, { name: linked.name, groups })
    await manager.query('UPDATE external_identity SET version = version + 1, updated_at = now() WHERE id = $1', [
      identityId,
    ])
  }
}

export const deleteUser = (
  client: ScimClient,
  id: string,
  check: (current: Record<string, unknown>) => void,
): Promise<void> =>
  write(client, 'scim.deleteUser', async (_context, manager) => {
    check(await userById(client, manager, id))
    const linked = await linkedAdministrator(manager, client.source.id, { identityId: id })
    if (!linked) throw noResource()
    await setPersonActive(manager, linked, false)
    await manager.query('DELETE FROM scim_group_member WHERE external_identity_id = $1', [id])
    await refreshMembers(client, manager, [id])
    await manager.query(
      `UPDATE external_identity SET attributes = attributes || '{"deleted": true}', version = version + 1, updated_at = now()
       WHERE id = $1`,
      [id],
    )
  })
