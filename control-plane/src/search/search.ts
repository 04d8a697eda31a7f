/**
 * One text, looked for in all kinds of objects. Of each kind at most 1,000 that match and may be seen are looked at: what is called so
 * before what begins so before what contains it, and of each whichever come first. A text that half of the platform contains costs
 * no more than that.
 *
 * Candidates are found as the system, by the viewer's rules in the statement itself, since row-level security would keep PostgreSQL
 * from using the trigram indexes. Whatever is told of them, their number too, is read behind that wall, as the viewer.
 */
import type { GraphQLResolveInfo } from 'graphql'
import { isReadableOfEach, type AdminContext } from '../access/index.js'
import { recordRead } from '../audit/index.js'
import { listMailEvents } from '../events/index.js'
import { invalidInput } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { findNode } from '../relay/index.js'
import { parseSearchText, type SearchText } from './search-text.js'
import { SearchKindEnum, type SearchArguments, type SearchGroup, type SearchKind } from './search.types.js'
import { permitted, searchableKinds, type SearchableKind } from './searchable-kinds.js'

const maxCandidates = 1_000
const maxFirst = 50

interface Row {
  id: string
  label: string
  rank: number
  count: number
}
type Position = Pick<Row, 'rank' | 'label' | 'id'>

export async function search(
  context: AdminContext,
  request: SearchArguments,
  info: GraphQLResolveInfo,
): Promise<SearchGroup[]> {
  const { first } = request
  if (first < 1 || first > maxFirst) throw invalidInput(['first'], `From 1 to ${maxFirst}.`, { max: maxFirst })
  const text = parseSearchText(request.text)
  const kinds = [...new Set(request.kinds ?? (Object.keys(SearchKindEnum) as SearchKind[]))]
  if (isGiven(request.after) && (kinds.length !== 1 || kinds[0] === 'MESSAGE')) {
    throw invalidInput(['after'], 'With one kind of object only.')
  }
  const after = isGiven(request.after) ? parseCursor(request.after) : null
  const groups: SearchGroup[] = []
  // One after another: a caller takes one connection of the pool and not all.
  for (const kind of kinds) {
    const group =
      kind === 'MESSAGE'
        ? await messages(context, request.text, first)
        : await objects(context, kind, text, first, after, info)
    if (group.hits.length > 0) groups.push(group)
  }
  return groups
}

async function objects(
  context: AdminContext,
  kind: Exclude<SearchKind, 'MESSAGE'>,
  text: SearchText,
  first: number,
  after: Position | null,
  info: GraphQLResolveInfo,
): Promise<SearchGroup> {
  const { table, label, displayed } = searchableKinds[kind]
  const ids = await candidates(context, searchableKinds[kind], text)
  const parameters = new SqlParameters()
  const exact = [text.plain, text.ascii].map((value) => parameters.bind(value, 'text'))
  const begins = [text.folded, text.ascii].map(
    (value) => `starts_with(search_folded(${label}), ${parameters.bind(value, 'text')})`,
  )
  const position = after && [
    parameters.bind(after.rank, 'integer'),
    parameters.bind(after.label, 'text'),
    parameters.bind(after.id, 'uuid'),
  ]
  const rows = await context.database.query<Row>(
    `WITH found AS MATERIALIZED (
       SELECT id, ${label} AS label,
         CASE WHEN lower(${label}) IN (${exact.join(', ')}) THEN 0 WHEN ${begins.join(' OR ')} THEN 1 ELSE 2 END AS rank
       FROM ${table} WHERE id = ANY(${parameters.bind(ids, 'uuid[]')}))
     SELECT id, label, rank, (SELECT count(*)::integer FROM found) AS count FROM found
     ${position ? `WHERE (rank, label COLLATE "C", id) > (${position.join(', ')})` : ''}
     ORDER BY rank, label COLLATE "C", id LIMIT ${first + 1}`,
    parameters.values,
  )
  const shown = rows.slice(0, first)
  const nodes = await Promise.all(shown.map(({ id }) => findNode(id, context, info)))
  const last = shown.at(-1)
  return {
    kind,
    count: rows[0]?.count ?? 0,
    hits: shown.flatMap((row, index) =>
      nodes[index] ? [{ label: displayed?.(row.label) ?? row.label, node: nodes[index], event: null }] : [],
    ),
    hasNextPage: rows.length > first,
    endCursor: last ? formatCursor(last) : null,
  }
}

async function candidates(context: AdminContext, searchable: SearchableKind, text: SearchText): Promise<string[]> {
  const { subject, fields, table, joins, alive } = searchable
  const { viewer } = context
  if (!viewer || !fields.every((field) => isReadableOfEach(viewer, subject, field))) return []
  const parameters = new SqlParameters()
  const rules = await permitted(context, searchable, parameters)
  const tiers = [searchable.is, searchable.begins, searchable.matches].map((condition) => condition(text, parameters))
  const from = `SELECT ${table}.id FROM ${table} ${joins} WHERE (${rules}) AND ${alive}`
  // Whatever is called just so is among them, however many there are that only contain it.
  const rows = await context.system.query<{ id: string }>(
    tiers.map((tier) => `(${from} AND (${tier}) LIMIT ${maxCandidates})`).join(' UNION ALL '),
    parameters.values,
  )
  return [...new Set(rows.map((row) => row.id))].slice(0, maxCandidates)
}

/** By the log's own rules; a look that found something is written down as one. */
async function messages(context: AdminContext, typed: string, first: number): Promise<SearchGroup> {
  const messageId = typed.trim().replace(/^<(.*)>$/, '$1')
  const none: SearchGroup = { kind: 'MESSAGE', count: 0, hits: [], hasNextPage: false, endCursor: null }
  if (!messageId.includes('@') || messageId.includes('\0')) return none
  const events = await listMailEvents(context, { first, filter: { messageId } })
  if (events.nodes.length === 0) return none
  await recordRead(context, { subjectType: 'MailEvent', request: { search: { messageId } } })
  return {
    ...none,
    count: events.nodes.length,
    hits: events.nodes.map((event) => ({ label: event.messageId ?? messageId, node: null, event })),
    hasNextPage: events.pageInfo.hasNextPage,
  }
}

const formatCursor = ({ rank, label, id }: Position): string =>
  Buffer.from(JSON.stringify([rank, label, id])).toString('base64url')

function parseCursor(cursor: string): Position {
  const wrong = () => invalidInput(['after'], 'This is no cursor of a search.')
  if (cursor.length > 2_000) throw wrong()
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw wrong()
  }
  if (!Array.isArray(parsed) || parsed.length !== 3) throw wrong()
  const [rank, label, id] = parsed as unknown[]
  if (![0, 1, 2].includes(rank as number) || typeof label !== 'string' || label.includes('\0')) throw wrong()
  if (typeof id !== 'string' || !isId(id)) throw wrong()
  return { rank: rank as number, label, id }
}
