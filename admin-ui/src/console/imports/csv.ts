/**
 * CSV (RFC 4180) as the server reads it: commas, semicolons or tabs, whichever stands in the first line most often; names of
 * columns trimmed; empty lines passed over. Here it is read only to show what is in a file, and to put passwords into it.
 */
export interface CsvRecord {
  /** Where it begins in the file, counted from 1. */
  line: number
  cells: string[]
}

export interface CsvFile {
  delimiter: string
  columns: string[]
  records: CsvRecord[]
}

function delimiterOf(header: string): string {
  const count = (delimiter: string): number => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}

/** At most `limit` records: of a text that was cut off, the last one may be half of one. */
export function readCsv(source: string, limit = Number.POSITIVE_INFINITY): CsvFile {
  const text = source.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')
  const delimiter = delimiterOf(text.split('\n', 1)[0]!)
  const found = recordsOf(text, delimiter)
  const head = found.next()
  const columns = head.done ? [] : head.value.cells.map((name) => name.trim())
  const records: CsvRecord[] = []
  for (const record of found) {
    if (records.length >= limit) break
    records.push(record)
  }
  return { delimiter, columns, records }
}

function* recordsOf(text: string, delimiter: string): Generator<CsvRecord, void> {
  let line = 1
  let position = 0
  while (position < text.length) {
    const begin = line
    const cells: string[] = []
    let ended = false
    while (!ended) {
      let cell = ''
      if (text[position] === '"') {
        position += 1
        for (;;) {
          const quote = text.indexOf('"', position)
          const until = quote < 0 ? text.length : quote
          cell += text.slice(position, until)
          position = until + 1
          if (quote < 0 || text[position] !== '"') break
          cell += '"'
          position += 1
        }
        line += cell.split('\n').length - 1
      }
      const rest = position
      while (position < text.length && text[position] !== delimiter && text[position] !== '\n') position += 1
      cell += text.slice(rest, position)
      cells.push(cell)
      ended = text[position] !== delimiter
      position += 1
    }
    line += 1
    if (cells.length > 1 || cells[0] !== '') yield { line: begin, cells }
  }
}

const quoted = (cell: string, delimiter: string): string =>
  cell.includes(delimiter) || /["\n\r]/.test(cell) || cell.trim() !== cell ? `"${cell.replaceAll('"', '""')}"` : cell

/** With CRLF and the mark of UTF-8 at its beginning, without which Excel takes it for something else. */
export const writeCsv = (rows: readonly (readonly string[])[], delimiter = ','): string =>
  `\uFEFF${rows.map((cells) => `${cells.map((cell) => quoted(cell, delimiter)).join(delimiter)}\r\n`).join('')}`
