/**
 * The configuration as of a revision: what is there now, with what was changed since taken back. Nothing is stored for it but the
 * audit trail, and so it costs what was changed since, and nothing at the time of the change.
 *
 * Of a column that changed more than once the oldest value before counts. An object whose first entry since is its making was
 * not there; of one that is gone the last entry has the whole of it.
 */
import { may, pathsAbove, permissionSubject, reachedPaths, type AdminContext } from '../access/index.js'
import { seesEverything } from '../audit/index.js'
import { visibleDomain } from '../domains/index.js'
import { visibleMailNode } from '../nodes/index.js'
import { invalidInput } from '../platform/errors.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { configObjectOf, type ConfigObjectType } from './config-objects.js'
import { entriesSince } from './entries-since.js'
import { objectIds } from './objects-then.js'
import type { ConfigAtArguments, ConfigAtFilter, ConfigState } from './revision.types.js'

export interface StateRow {
  id: string
  label: string | null
  /** Columns; null where it was not there. */
  values: Record<string, unknown> | null
  exists: boolean
  /** Paths of whoever's it is now, and was when it was first changed since. */
  paths: (string | null)[]
}

type Query = <Row>(sql: string, parameters: unknown[]) => Promise<Row[]>

export async function readStates(
  query: Query,
  type: ConfigObjectType,
  ids: readonly string[],
  revision: number | null,
): Promise<StateRow[]> {
  const { table, settings, place, tenant, label } = configObjectOf(type)
  const columns = [...Object.values(settings), ...place]
  const shown = columns.map((column) => `'${column}', item.${column}`).join(', ')
  const kept = `ARRAY[${columns.map((column) => `'${column}'`).join(', ')}]`
  return query<StateRow>(
    `SELECT wanted.id, coalesce(present.label, first.label) AS label, present.id IS NOT NULL AS exists,
       CASE WHEN first.change = 'CREATED' OR (present.id IS NULL AND first.id IS NULL) THEN NULL
         ELSE coalesce(present.values, '{}') || coalesce(undone.values, '{}') END AS values,
       ARRAY[CASE WHEN present.id IS NOT NULL THEN present.path END, first.tenant_path::text] AS paths
     FROM unnest($1::uuid[]) AS wanted (id)
     LEFT JOIN LATERAL (
       SELECT item.id, ${label} AS label, jsonb_build_object(${shown}) AS values,
         (SELECT tenant.path::text FROM tenant WHERE tenant.id = ${tenant}) AS path
       FROM ${table} AS item WHERE item.id = wanted.id) AS present ON true
     LEFT JOIN LATERAL (
       SELECT entry.id, entry.change, entry.label, entry.tenant_path FROM (${entriesSince('$2', `'${type}'`)}) AS entry
       WHERE entry.subject_id = wanted.id ORDER BY entry.ordinal LIMIT 1) AS first ON true
     LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(field.key, field.value ORDER BY entry.ordinal DESC) AS values
       FROM (${entriesSince('$2', `'${type}'`)}) AS entry CROSS JOIN LATERAL jsonb_each(entry.before) AS field
       WHERE entry.subject_id = wanted.id AND field.key = ANY(${kept})) AS undone ON true`,
    [ids, revision],
  )
}

const defaultPage = 50
const maxPage = 200

/** Where the history begins; a revision before it was made by a version that did not number transactions, and is not known. */
export async function requireRetained(context: AdminContext, revision: number, path: string[]): Promise<void> {
  const [row] = await context.system.query<{ low: number | null; head: number }>(
    `SELECT (SELECT min(revision)::float8 FROM config_revision) AS low, revision::float8 AS head FROM change_head`,
  )
  if (revision < 0 || revision > row!.head || (row!.low !== null && revision < row!.low - 1))
    throw invalidInput(path, 'This revision is not in the history.', { first: row!.low ?? 0, last: row!.head })
}

export async function configAt(
  context: AdminContext,
  { revision, filter, first, after }: ConfigAtArguments,
): Promise<ConnectionValue<ConfigState>> {
  const size = first ?? defaultPage
  if (size < 0 || size > maxPage)
    throw invalidInput(['first'], `\`first\` must be from 0 to ${maxPage}.`, { max: maxPage })
  if (isGiven(after) && !isId(after)) throw invalidInput(['after'], 'This cursor is not one of this list.')
  if (isGiven(revision)) await requireRetained(context, revision, ['revision'])
  const at = revision ?? null
  const ids = filter ? await idsOf(context, filter, at, after ?? null, size + 1) : []
  const page = ids.slice(0, size)
  const states = page.length === 0 ? [] : await visibleStates(context, filter!.type, page, at)
  return {
    edges: states.map((node) => ({ cursor: node.id, node })),
    nodes: states,
    pageInfo: {
      hasNextPage: ids.length > size,
      hasPreviousPage: isGiven(after),
      // Of a list also where nothing of the page was there then; an object that is asked for by its id is not told back.
      startCursor: isGiven(filter?.objectId) ? null : (page[0] ?? null),
      endCursor: isGiven(filter?.objectId) ? null : (page.at(-1) ?? null),
    },
    count: async () => states.length,
  }
}

async function idsOf(
  context: AdminContext,
  filter: ConfigAtFilter,
  revision: number | null,
  after: string | null,
  limit: number,
): Promise<string[]> {
  const { type, objectId, mailNodeId, domainId } = filter
  if (isGiven(objectId)) return isId(objectId) && after === null ? [objectId.toLowerCase()] : []
  const page = { type, revision, after, limit }
  if (isGiven(mailNodeId)) {
    const node = await visibleMailNode(context, mailNodeId)
    return node ? objectIds(context, { ...page, mailNodeId: node.id }) : []
  }
  if (isGiven(domainId)) {
    const domain = await visibleDomain(context, domainId)
    return domain ? objectIds(context, { ...page, domainId: domain.id }) : []
  }
  throw invalidInput(['filter'], 'Name an object, a mail node or a domain.')
}

/** In the order of `ids`. An object that changed hands since is shown to those alone who see all of the platform. */
async function visibleStates(
  context: AdminContext,
  type: ConfigObjectType,
  ids: readonly string[],
  revision: number | null,
): Promise<ConfigState[]> {
  const whole = seesEverything(context)
  // As the system, since a tenant that had it may be gone; what of it the viewer may see is decided here, by the rules and the reach.
  const rows = await readStates((sql, parameters) => context.system.query(sql, parameters), type, ids, revision)
  const near = await reachedPaths(
    context,
    rows.flatMap(({ paths }) => paths.filter((path) => path !== null)),
  )
  const sees = (path: string): boolean =>
    may(context, 'read', permissionSubject('AuditEntry', { within: pathsAbove(path) }))
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.flatMap((id) => {
    const { values, label, exists, paths } = byId.get(id)!
    const owners = paths.filter((path) => path !== null)
    if (values === null || !owners.every((path) => near.has(path))) return []
    if (!whole && (owners.length === 0 || !owners.every(sees))) return []
    const { mail_node_id: node, ...rest } = values
    return [
      {
        id,
        type,
        label,
        exists,
        values: whole ? { ...rest, ...(node !== undefined && { mail_node_id: node }) } : rest,
      },
    ]
  })
}
