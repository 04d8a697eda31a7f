/** Results in the form that was asked for, as they come. */
import { usageFailure } from '../failures.js'
import { write, type Terminal } from '../terminal.js'
import type { Selection } from '../model/selection.js'
import { cellOf, columnsOf, textOf, type Row, type TextOptions } from './rows.js'
import { card, Table, tableColumns } from './table.js'

export const formats = ['table', 'json', 'jsonl', 'csv'] as const
export type Format = (typeof formats)[number]

export function formatOf(text: string | null): Format {
  const format = formats.find((each) => each === (text ?? 'table'))
  if (!format) throw usageFailure(`--output: one of ${formats.join(', ')}, not ${text}`)
  return format
}

export interface WriterOptions {
  format: Format
  utc: boolean
  /** The columns were chosen: none is left out. */
  chosen: boolean
}

export interface RowWriter {
  page(rows: Row[], complete: boolean): Promise<void>
  end(): Promise<void>
}

export function rowWriter(terminal: Terminal, selection: Selection, options: WriterOptions): RowWriter {
  const put = (text: string): Promise<void> => (text === '' ? Promise.resolve() : write(terminal, text))
  const none = () => Promise.resolve()
  switch (options.format) {
    case 'json': {
      let count = 0
      const separated = (row: Row): string => `${count++ === 0 ? '[' : ','}\n${JSON.stringify(row)}`
      return {
        page: (rows) => put(rows.map(separated).join('')),
        end: () => put(count === 0 ? '[]\n' : '\n]\n'),
      }
    }
    case 'jsonl':
      return { page: (rows) => put(rows.map((row) => `${JSON.stringify(row)}\n`).join('')), end: none }
    case 'csv': {
      const columns = columnsOf(selection)
      let headed = false
      const head = (): string => (headed ? '' : ((headed = true), csvLine(columns)))
      return {
        page: (rows) => {
          const lines = rows.map((row) =>
            csvLine(columns.map((column) => textOf(cellOf(row, column), { times: null }))),
          )
          return put(head() + lines.join(''))
        },
        end: () => put(head()),
      }
    }
    case 'table': {
      const columns = options.chosen ? columnsOf(selection) : tableColumns(selection)
      const table = new Table(columns, times(options))
      return {
        page: (rows, complete) => (rows.length > 0 ? put(table.page(rows, complete && !options.chosen)) : none()),
        end: none,
      }
    }
  }
}

export async function writeObject(terminal: Terminal, row: Row, selection: Selection, options: WriterOptions) {
  if (options.format === 'table') return write(terminal, card(row, selection, times(options)))
  if (options.format === 'json') return write(terminal, `${JSON.stringify(row, null, 2)}\n`)
  const writer = rowWriter(terminal, selection, options)
  await writer.page([row], true)
  await writer.end()
}

const times = ({ utc }: WriterOptions): TextOptions => ({ times: utc ? 'utc' : 'local' })

/** RFC 4180. */
export const csvLine = (cells: string[]): string =>
  `${cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',')}\r\n`
