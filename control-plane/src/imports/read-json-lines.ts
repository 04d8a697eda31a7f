/** JSON lines: an object a line, and its keys are the columns. */
import type { UploadedRow } from '../jobs/index.js'
import type { UploadReader } from './read-csv.js'
import { maxColumns, maxRecordBytes } from './upload-limits.js'
import { UploadError } from './text-lines.js'

export async function readJsonLines(text: AsyncIterable<string>): Promise<UploadReader> {
  const columns = new Map<string, number>()
  const reader: UploadReader = { columns: [], rows: rowsOf(text, columns) }
  // Whoever has read the rows finds all columns there.
  return Object.defineProperty(reader, 'columns', { get: () => [...columns.keys()] })
}

async function* rowsOf(text: AsyncIterable<string>, columns: Map<string, number>): AsyncGenerator<UploadedRow> {
  let line = 0
  for await (const content of linesOf(text)) {
    line += 1
    if (content.trim() !== '') yield rowOf(line, content, columns)
  }
}

async function* linesOf(text: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of text) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop()!
    if (rest.length > maxRecordBytes) throw new UploadError(`A line has at most ${maxRecordBytes} characters.`)
    yield* lines
  }
  yield rest
}

function rowOf(line: number, content: string, columns: Map<string, number>): UploadedRow {
  if (content.length > maxRecordBytes) return [line, null, `A line has at most ${maxRecordBytes} characters.`]
  let object: unknown
  try {
    object = JSON.parse(content)
  } catch {
    return [line, null, 'This is no JSON.']
  }
  if (object === null || typeof object !== 'object' || Array.isArray(object)) {
    return [line, null, 'Each line is a JSON object.']
  }
  const values: unknown[] = []
  for (const [name, value] of Object.entries(object)) {
    let column = columns.get(name)
    if (column === undefined) {
      column = columns.size
      if (column >= maxColumns) throw new UploadError(`A file has at most ${maxColumns} different keys.`, line)
      columns.set(name, column)
    }
    values[column] = value
  }
  return [line, values]
}
