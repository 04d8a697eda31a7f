/** What stands at the beginning of a chosen file: its columns and some rows, to choose by. The file stays in the browser. */
import { readCsv } from './csv.ts'
import { isJsonLines } from './upload-file.ts'

export const maxFileBytes = 33_554_432
const lookedAt = 65_536
const shownRows = 3

export interface ChosenFile {
  file: File
  jsonLines: boolean
  columns: string[]
  /** Of each column, what stands in the first rows. */
  examples: Record<string, string>
}
type FileFault = 'size' | 'encoding' | 'empty' | 'format'

export async function readChosenFile(file: File): Promise<ChosenFile | FileFault> {
  if (file.size > maxFileBytes) return 'size'
  const text = await beginningOf(file)
  if (text === null) return 'encoding'
  const jsonLines = isJsonLines(file.name)
  const table = jsonLines ? tableOfJson(text) : readCsv(text, shownRows)
  if (table === null) return 'format'
  const columns = table.columns.filter((name) => name !== '')
  if (columns.length === 0 || table.records.length === 0) return 'empty'
  const examples = Object.fromEntries(
    columns.map((name) => {
      const at = table.columns.indexOf(name)
      const values = table.records.map(({ cells }) => cells[at] ?? '').filter(Boolean)
      return [name, values.join(', ')]
    }),
  )
  return { file, jsonLines, columns, examples }
}

/** Null: it is not UTF-8. */
async function beginningOf(file: File): Promise<string | null> {
  try {
    const bytes = await file.slice(0, lookedAt).arrayBuffer()
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: file.size > lookedAt })
  } catch {
    return null
  }
}

function tableOfJson(text: string) {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  try {
    const objects = lines.slice(0, shownRows).map((line) => JSON.parse(line) as Record<string, unknown>)
    const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))]
    const textOf = (value: unknown) =>
      typeof value === 'string' ? value : JSON.stringify(value ?? '').replace(/^""$/, '')
    return { columns, records: objects.map((object) => ({ cells: columns.map((name) => textOf(object[name])) })) }
  } catch {
    return null
  }
}
