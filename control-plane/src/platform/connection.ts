/**
 * Keyset pagination. A page is found by the position of its neighbour in an index on (order expression, id), never by
 * counting rows from the start, and so the last page costs what the first one costs, and rows that come or go between two
 * requests are neither shown twice nor skipped.
 *
 * A statement here yields ids and positions only; the objects are loaded by id.
 */
import type { Database } from './database.js'
import { invalidInput } from './errors.js'
import { isId } from './ids.js'
import { isGiven } from './is-given.js'
import type { SqlParameters } from './sql-parameters.js'

const maxPageSize = 200
const defaultPageSize = 50

export interface PageRequest {
  first?: number | null
  after?: string | null
  last?: number | null
  before?: string | null
}

export interface PageOrder {
  /** Never null; with the id it must have an index. */
  sql: string
  type: 'text' | 'timestamptz' | 'integer' | 'bigint'
  direction: 'ASC' | 'DESC'
  /** Names this order in cursors: a cursor of another order is refused. */
  name: string
}

export interface PageQuery {
  /** FROM with its joins. */
  from: string
  id: string
  conditions: string[]
  parameters: SqlParameters
  order: PageOrder
  /**
   * Takes the page from each of several parts and merges them, where one index has the order within a part only: reading
   * it part by part costs what the parts' first rows cost, and not what lies between them.
   */
  parts?: { from: string; condition: string }
}

export interface Page {
  ids: string[]
  cursors: string[]
  /** Of the order expression, as text. */
  values: string[]
  hasNextPage: boolean
  hasPreviousPage: boolean
  /** Of all pages. */
  count: () => Promise<number>
}

interface Position {
  value: string
  id: string
}

export interface PageShape {
  size: number
  backward: boolean
}

/** Throws before anything is read. */
export function pageShape(request: PageRequest): PageShape {
  const { first, last } = request
  if (isGiven(first) && isGiven(last)) throw invalidInput(['last'], '`first` and `last` exclude each other.')
  const name = isGiven(last) ? 'last' : 'first'
  const size = last ?? first ?? defaultPageSize
  if (size < 0 || size > maxPageSize) {
    throw invalidInput([name], `\`${name}\` must be from 0 to ${maxPageSize}.`, { max: maxPageSize })
  }
  return { size, backward: isGiven(last) }
}

export async function readPage(database: Database, request: PageRequest, query: PageQuery): Promise<Page> {
  const { size, backward } = pageShape(request)
  const { order, parameters } = query
  const after = parseCursor(request.after, order, 'after')
  const before = parseCursor(request.before, order, 'before')

  // Without the cursors' conditions, and their values.
  const { parts } = query
  const from = parts ? `${parts.from} JOIN ${query.from} ON ${parts.condition}` : query.from
  const counted = whereOf(query.conditions)
  const countedValues = [...parameters.values]
  const count = async (): Promise<number> => {
    const sql = `SELECT count(*)::integer AS count FROM ${from} ${counted}`
    const [row] = await database.query<{ count: number }>(sql, countedValues)
    return row!.count
  }

  const conditions = [...query.conditions]
  const seek = (position: Position, sign: '<' | '>') =>
    conditions.push(
      `(${order.sql}, ${query.id}) ${sign} (${parameters.bind(position.value, order.type)}, ${parameters.bind(position.id, 'uuid')})`,
    )
  if (after) seek(after, order.direction === 'ASC' ? '>' : '<')
  if (before) seek(before, order.direction === 'ASC' ? '<' : '>')
  const direction = backward === (order.direction === 'ASC') ? 'DESC' : 'ASC'
  const select = (where: string[]): string =>
    `SELECT ${query.id} AS id, ${order.sql} AS value FROM ${query.from} ${whereOf(where)}
     ORDER BY ${order.sql} ${direction}, ${query.id} ${direction} LIMIT ${size + 1}`
  const page = parts
    ? `SELECT page.* FROM ${parts.from} CROSS JOIN LATERAL (${select([...conditions, parts.condition])}) AS page`
    : select(conditions)
  const rows = await database
    .query<{ id: string; value: string }>(
      `SELECT id, value::text FROM (${page}) AS page ORDER BY page.value ${direction}, id ${direction} LIMIT ${size + 1}`,
      parameters.values,
    )
    .catch((error: unknown) => {
      throw (after || before) && isNoMoment(error) ? wrongCursor(after ? 'after' : 'before') : error
    })
  const more = rows.length > size
  const kept = rows.slice(0, size)
  if (backward) kept.reverse()
  return {
    ids: kept.map((row) => row.id),
    values: kept.map((row) => row.value),
    cursors: kept.map((row) => formatCursor(order, row)),
    hasNextPage: backward ? before !== null : more,
    hasPreviousPage: backward ? more : after !== null,
    count,
  }
}

/** invalid_datetime_format, datetime_field_overflow, invalid_time_zone_displacement_value: the 30th of February, say. */
const isNoMoment = (error: unknown): boolean =>
  ['22007', '22008', '22009'].includes(String((error as { code?: unknown }).code))

const wrongCursor = (argument: string) => invalidInput([argument], 'This cursor is not one of this list in this order.')

const whereOf = (conditions: string[]): string =>
  conditions.length === 0 ? '' : `WHERE ${conditions.map((condition) => `(${condition})`).join(' AND ')}`

const formatCursor = (order: PageOrder, position: Position): string =>
  Buffer.from(JSON.stringify([order.name, position.value, position.id])).toString('base64url')

function parseCursor(cursor: string | null | undefined, order: PageOrder, argument: string): Position | null {
  if (!isGiven(cursor)) return null
  const wrong = () => wrongCursor(argument)
  if (cursor.length > 2_000) throw wrong()
  let parsed: unknown
  try {
    parsed = JSON.parse(Buffer.from(cursor, 'base64url').toString())
  } catch {
    throw wrong()
  }
  if (!Array.isArray(parsed) || parsed.length !== 3 || !parsed.every((part) => typeof part === 'string')) throw wrong()
  const [name, value, id] = parsed as [string, string, string]
  if (name !== order.name || !isId(id) || value.includes('\0')) throw wrong()
  if (order.type === 'integer' && !/^\d{1,9}$/.test(value)) throw wrong()
  if (order.type === 'bigint' && !/^\d{1,18}$/.test(value)) throw wrong()
  if (
    order.type === 'timestamptz' &&
    !/^\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?[+-]\d\d(:\d\d){0,2}$/.test(value)
  ) {
    throw wrong()
  }
  return { value, id }
}
