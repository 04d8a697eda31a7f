/**
 * CASL rules as an SQL condition that selects exactly the rows for which `ability.can` says yes (a fuzz test on a real
 * PostgreSQL holds the two together).
 *
 * SQL knows three truth values and CASL two: every negation here is `IS NOT TRUE` or `IS DISTINCT FROM`. Whatever cannot
 * be said the same way in both worlds (patterns, existence, order of texts or of what may be null) is refused.
 *
 * Rows are what is asked for, as `can` is asked without a field: a rule that allows some fields shows the row, one that
 * denies some does not hide it.
 */
import type { AnyAbility } from '@casl/ability'
import { rulesToAST } from '@casl/ability/extra'
import { CompoundCondition, FieldCondition, type Condition } from '@ucast/core'
import type { SqlParameters } from './sql-parameters.js'

interface SubjectColumn {
  /** An expression of the statement that the condition becomes part of. */
  sql: string
  /**
   * `path`: an ltree column. To CASL the field is the list of a path and all its ancestors, so that `{ field: 'a.b' }`
   * means "at a.b or below" there, and `<@` here. `exactPath`: an ltree column that is one path in both worlds.
   */
  type: 'text' | 'uuid' | 'integer' | 'boolean' | 'path' | 'exactPath'
  nullable?: true
  /** Of a path: the column with the id of the row that has the path, and the ids of all at or below some paths. */
  owners?: { sql: string; below: ReadonlyMap<string, string[]> }
}
export type SubjectColumns = Record<string, SubjectColumn>

export function rulesToSql(
  ability: AnyAbility,
  action: string,
  subjectType: string,
  columns: SubjectColumns,
  parameters: SqlParameters,
): string {
  const ast = rulesToAST(ability, action, subjectType as never)
  return ast === null ? 'false' : compile(ast, columns, parameters)
}

function compile(condition: Condition, columns: SubjectColumns, parameters: SqlParameters): string {
  if (condition instanceof CompoundCondition) {
    const parts = (condition.value as Condition[]).map((part) => `(${compile(part, columns, parameters)})`)
    switch (condition.operator) {
      case 'and':
        return parts.length === 0 ? 'true' : parts.join(' AND ')
      case 'or':
        return parts.length === 0 ? 'false' : parts.join(' OR ')
      case 'not':
        return `(${parts.join(' AND ')}) IS NOT TRUE`
      case 'nor':
        return parts.map((part) => `${part} IS NOT TRUE`).join(' AND ')
    }
  }
  if (condition instanceof FieldCondition) {
    const column = columns[condition.field]
    if (!column) throw new Error(`a rule names the unknown field ${condition.field}`)
    const compiled = field(condition.operator, column, condition.value, parameters)
    if (compiled !== null) return compiled
  }
  throw new Error(`the operator ${condition.operator} of a rule has no SQL form`)
}

function field(operator: string, column: SubjectColumn, value: unknown, parameters: SqlParameters): string | null {
  switch (operator) {
    case 'eq':
      return equals(column, value, parameters)
    case 'ne':
      return `(${equals(column, value, parameters)}) IS NOT TRUE`
    case 'in':
      return isAmong(column, value as unknown[], parameters)
    case 'nin':
      return `(${isAmong(column, value as unknown[], parameters)}) IS NOT TRUE`
    case 'lt':
    case 'lte':
    case 'gt':
    case 'gte': {
      if (column.type !== 'integer' || column.nullable) return null
      const sign = { lt: '<', lte: '<=', gt: '>', gte: '>=' }[operator]
      return `${column.sql} ${sign} ${parameters.bind(value, 'bigint')}`
    }
    default:
      return null
  }
}

const sqlType = {
  text: 'text',
  uuid: 'uuid',
  integer: 'bigint',
  boolean: 'boolean',
  path: 'ltree',
  exactPath: 'ltree',
} as const

function equals(column: SubjectColumn, value: unknown, parameters: SqlParameters): string {
  // To CASL a list never equals null; to SQL an absent path is null.
  if (value === null) return column.type === 'path' ? 'false' : `${column.sql} IS NULL`
  const below = column.owners?.below.get(String(value))
  if (below) return `${column.owners!.sql} = ANY(${parameters.bind(below, 'uuid[]')})`
  const operator = column.type === 'path' ? '<@' : '='
  return `${column.sql} ${operator} ${parameters.bind(value, sqlType[column.type])}`
}

function isAmong(column: SubjectColumn, values: unknown[], parameters: SqlParameters): string {
  const known = values.filter((value) => value !== null)
  const operator = column.type === 'path' ? '<@' : '='
  const among = `${column.sql} ${operator} ANY(${parameters.bind(known, `${sqlType[column.type]}[]`)})`
  return values.length === known.length || column.type === 'path' ? among : `(${among} OR ${column.sql} IS NULL)`
}
