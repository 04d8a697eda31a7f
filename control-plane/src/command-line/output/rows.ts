/** Objects of an answer as rows: each plain field a column, named by its path. */
import { printable } from '../terminal.js'
import type { Selection } from '../model/selection.js'

export type Row = Record<string, unknown>

/** Plain fields, and lists of objects as one column. */
export function columnsOf(selection: Selection, prefix = ''): string[] {
  return [...selection].flatMap(([name, inner]) =>
    inner ? columnsOf(inner, `${prefix}${name}.`) : [`${prefix}${name}`],
  )
}

/** A list on the way is joined. */
export function cellOf(row: unknown, column: string): unknown {
  let values: unknown[] = [row]
  let listed = false
  for (const name of column.split('.')) {
    values = values.flatMap((value) => {
      const next = (value as Row | null | undefined)?.[name] ?? null
      if (Array.isArray(next)) listed = true
      return next
    })
  }
  return listed ? values : (values[0] ?? null)
}

export interface TextOptions {
  /** Null: as it came. */
  times: 'local' | 'utc' | null
}

export function textOf(value: unknown, options: TextOptions): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map((item) => textOf(item, options)).join(', ')
  if (typeof value === 'object') return JSON.stringify(value)
  const text = String(value)
  return options.times && isTime.test(text) ? timeOf(text, options.times) : text
}

/** For people. */
export const shownText = (value: unknown, options: TextOptions): string => printable(textOf(value, options))

const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/
const two = (number: number): string => String(number).padStart(2, '0')

/** `2027-01-31 08:00:00 +07:00`: sorts as text, and says where. */
function timeOf(text: string, zone: 'local' | 'utc'): string {
  if (zone === 'utc') return `${text.slice(0, 10)} ${text.slice(11, 19)}Z`
  const at = new Date(text)
  const offset = -at.getTimezoneOffset()
  const distance = Math.abs(offset)
  return (
    `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ` +
    `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())} ` +
    `${offset < 0 ? '-' : '+'}${two(Math.floor(distance / 60))}:${two(distance % 60)}`
  )
}
