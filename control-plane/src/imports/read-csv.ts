/** CSV (RFC 4180), with commas, semicolons or tabs between: spreadsheets of many countries write semicolons. The first line has the names of the columns. */
import { Readable } from 'node:stream'
import { parse, type CsvError } from 'csv-parse'
import type { UploadedRow } from '../jobs/index.js'
import { maxColumns, maxRecordBytes } from './upload-limits.js'
import { UploadError, withLineFeeds } from './text-lines.js'

export interface UploadReader {
  /** All that were seen so far; complete when the rows are. */
  columns: string[]
  rows: AsyncIterable<UploadedRow>
}

export async function readCsv(text: AsyncIterable<string>): Promise<UploadReader> {
  const pieces = withLineFeeds(text)
  const first = await beginning(pieces)
  const header = first.split('\n', 1)[0]!
  const parser = parse({
    delimiter: delimiterOf(header),
    info: true,
    record_delimiter: '\n',
    max_record_size: maxRecordBytes,
    relax_column_count: true,
    skip_empty_lines: true,
  })
  const source = Readable.from(joined(first, pieces))
  source.on('error', (error) => parser.destroy(error))
  source.pipe(parser)
  const records = parser[Symbol.asyncIterator]() as AsyncIterator<{ record: string[]; info: { lines: number } }>
  const head = await nextRecord(records)
  if (!head) throw new UploadError('The file is empty.')
  const columns = head.record.map((name) => name.trim())
  if (columns.length > maxColumns) throw new UploadError(`A file has at most ${maxColumns} columns.`, 1)
  const repeated = columns.find((name, index) => columns.indexOf(name) !== index)
  if (repeated !== undefined) throw new UploadError(`There are two columns with the name "${repeated}".`, 1)
  return { columns, rows: rowsOf(records, columns.length) }
}

async function* rowsOf(
  records: AsyncIterator<{ record: string[]; info: { lines: number } }>,
  columns: number,
): AsyncGenerator<UploadedRow> {
  for (;;) {
    const next = await nextRecord(records)
    if (!next) return
    const { record, info } = next
    // Where it begins: cells may have several lines.
    const line = info.lines - record.join('').split('\n').length + 1
    if (record.length <= columns) yield [line, record]
    else yield [line, null, `There are ${record.length} values in ${columns} columns.`]
  }
}

async function nextRecord<T>(records: AsyncIterator<T>): Promise<T | null> {
  try {
    const { done, value } = await records.next()
    return done ? null : value
  } catch (error) {
    if (error instanceof UploadError) throw error
    const { code, lines } = error as CsvError & { lines?: number }
    if (!String(code).startsWith('CSV_')) throw error
    throw new UploadError(messages[String(code)] ?? 'This is no CSV.', lines ?? null)
  }
}

const messages: Record<string, string> = {
  CSV_MAX_RECORD_SIZE: `A line has at most ${maxRecordBytes} characters. Perhaps a quotation mark was never closed.`,
  CSV_QUOTE_NOT_CLOSED: 'A quotation mark was never closed.',
  CSV_INVALID_CLOSING_QUOTE: 'A quotation mark stands where none may.',
  INVALID_OPENING_QUOTE: 'A quotation mark stands where none may.',
}

/** The one that stands in the header most often. */
function delimiterOf(header: string): string {
  const count = (delimiter: string): number => header.split(delimiter).length
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best))
}

async function beginning(pieces: AsyncIterator<string>): Promise<string> {
  let text = ''
  while (!text.includes('\n') && text.length <= maxRecordBytes) {
    const { done, value } = await pieces.next()
    if (done) break
    text += value
  }
  return text
}

async function* joined(first: string, rest: AsyncIterator<string>): AsyncGenerator<string> {
  yield first
  for (;;) {
    const { done, value } = await rest.next()
    if (done) return
    yield value
  }
}
