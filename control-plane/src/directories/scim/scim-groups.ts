/** Groups (RFC 7643 section 4.2): a role mapping names them, and so a change of members is a change of roles. */
import type { EntityManager } from 'typeorm'
import type { Database } from '../../platform/database.js'
import { translateConstraints } from '../../platform/database-errors.js'
import { isId, newId } from '../../platform/ids.js'
import { write, type Page, type ScimClient } from './scim-client.js'
import { invalid, noResource, ScimError } from './scim-error.js'
import type { Matches } from './scim-filter.js'
import { fieldOf, isObject } from './scim-patch.js'
import { text } from './scim-user.js'
import { refreshMembers } from './scim-users.js'

export const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group'
const maxMembers = 5_000
const maxGroups = 1_000

interface GroupRow {
  id: string
  display_name: string
  external_id: string | null
  version: number
  created_at: Date
  updated_at: Date
  members: { id: string; name: string }[] | null
}

const select = `
  SELECT scim_group.*, (SELECT json_agg(json_build_object('id', link.id, 'name', link.attributes->>'userName') ORDER BY link.id)
    FROM scim_group_member AS member JOIN external_identity AS link ON link.id = member.external_identity_id
    WHERE member.scim_group_id = scim_group.id) AS members
  FROM scim_group WHERE identity_source_id = $1`

const groupResource = (row: GroupRow, base: string): Record<string, unknown> => ({
  schemas: [groupSchema],
  id: row.id,
  ...(row.external_id !== null && { externalId: row.external_id }),
  displayName: row.display_name,
  members: (row.members ?? []).map(({ id, name }) => ({ value: id, display: name, $ref: `${base}/Users/${id}` })),
  meta: {
    resourceType: 'Group',
    created: row.created_at.toISOString(),
    lastModified: row.updated_at.toISOString(),
    location: `${base}/Groups/${row.id}`,
    version: `W/"${row.version}"`,
  },
})

export async function groupById(
  { source, base }: ScimClient,
  database: Pick<EntityManager, 'query'> | Database,
  id: string,
): Promise<Record<string, unknown>> {
  const [row] = isId(id) ? ((await database.query(`${select} AND id = $2`, [source.id, id])) as GroupRow[]) : []
  if (!row) throw noResource()
  return groupResource(row, base)
}

export async function listGroups({ source, base, parts }: ScimClient, page: Page, matches: Matches | null) {
  const rows = await parts.system.query<GroupRow>(`${select} ORDER BY id LIMIT ${maxGroups}`, [source.id])
  const found = rows.map((row) => groupResource(row, base)).filter((group) => matches === null || matches(group))
  return { total: found.length, resources: found.slice(page.startIndex - 1, page.startIndex - 1 + page.count) }
}

interface GivenGroup {
  displayName: string
  externalId: string | null
  members: string[]
}

function givenGroup(body: unknown): GivenGroup {
  if (!isObject(body)) throw invalid('invalidSyntax', 'A group is an object.')
  const displayName = text(body, 'displayName')
  if (displayName === undefined) throw invalid('invalidValue', '`displayName` is needed.')
  const members = fieldOf(body, 'members') ?? []
  if (!Array.isArray(members) || members.length > maxMembers) {
    throw invalid('invalidValue', `\`members\` is a list of at most ${maxMembers}.`)
  }
  const ids = (members as unknown[]).map((member) => (isObject(member) ? member.value : null))
  if (!ids.every((id): id is string => typeof id === 'string' && isId(id))) {
    throw invalid('invalidValue', 'The `value` of a member is the id of a user.')
  }
  return { displayName, externalId: text(body, 'externalId') ?? null, members: [...new Set(ids)] }
}

const taken = { scim_group_name_key: () => new ScimError(409, 'There is a group with this name.', 'uniqueness') }

export const createGroup = (client: ScimClient, body: unknown): Promise<Record<string, unknown>> => {
  const given = givenGroup(body)
  return write(client, 'scim.createGroup', async (_context, manager) => {
    const [{ count }] = await manager.query(
      'SELECT count(*)::integer AS count FROM scim_group WHERE identity_source_id = $1',
      [client.source.id],
    )
    if (count >= maxGroups) throw new ScimError(403, `A source has at most ${maxGroups} groups.`)
    const id = newId()
    await translateConstraints(taken as never, () =>
      manager.query(
        'INSERT INTO scim_group (id, identity_source_id, display_name, external_id) VALUES ($1, $2, $3, $4)',
        [id, client.source.id, given.displayName, given.externalId],
      ),
    )
    await setMembers(client, manager, id, given.members, false)
    return groupById(client, manager, id)
  })
}

export const replaceGroup = (
  client: ScimClient,
  id: string,
  change: (current: Record<string, unknown>) => unknown,
): Promise<Record<string, unknown>> =>
  write(client, 'scim.replaceGroup', async (_context, manager) => {
    const current = await groupById(client, manager, id)
    const given = givenGroup(change(current))
    await translateConstraints(taken as never, () =>
      manager.query(
        `UPDATE scim_group SET display_name = $2, external_id = $3, version = version + 1, updated_at = now() WHERE id = $1`,
        [id, given.displayName, given.externalId],
      ),
    )
    await setMembers(client, manager, id, given.members, given.displayName !== current.displayName)
    return groupById(client, manager, id)
  })

async function setMembers(
  client: ScimClient,
  manager: EntityManager,
  groupId: string,
  members: readonly string[],
  /** Another name may be mapped to another role. */
  isRenamed: boolean,
): Promise<void> {
  const known: { id: string }[] = await manager.query(
    `SELECT id FROM external_identity WHERE id = ANY($1::uuid[]) AND identity_source_id = $2 AND NOT attributes ? 'deleted'`,
    [members, client.source.id],
  )
  if (known.length !== members.length) throw invalid('invalidValue', 'A member is no user.')
  const [gone] = (await manager.query(
    `DELETE FROM scim_group_member WHERE scim_group_id = $1 AND NOT external_identity_id = ANY($2::uuid[])
     RETURNING external_identity_id AS id`,
    [groupId, members],
  )) as [{ id: string }[], number]
  const come: { id: string }[] = await manager.query(
    `INSERT INTO scim_group_member (scim_group_id, external_identity_id) SELECT $1, unnest($2::uuid[])
     ON CONFLICT DO NOTHING RETURNING external_identity_id AS id`,
    [groupId, members],
  )
  const changed = isRenamed ? [...members, ...gone.map(({ id }) => id)] : [...gone, ...come].map(({ id }) => id)
  await refreshMembers(client, manager, [...new Set(changed)])
}

export const deleteGroup = (
  client: ScimClient,
  id: string,
  check: (current: Record<string, unknown>) => void,
): Promise<void> =>
  write(client, 'scim.deleteGroup', async (_context, manager) => {
    const current = await groupById(client, manager, id)
    check(current)
    const members = (current.members as { value: string }[]).map(({ value }) => value)
    await manager.query('DELETE FROM scim_group WHERE id = $1', [id])
    await refreshMembers(client, manager, members)
  })
