/** Rows as CSV (RFC 4180) or JSON lines. */
export interface Format {
  type: string
  extension: string
  /** Before the first row. */
  head(columns: readonly string[]): string
  row(columns: readonly string[], values: readonly unknown[]): string
}

/**
 * What spreadsheets take for a formula: a mailbox may be named `=HYPERLINK(...)`, and whoever opens the export would run it. An
 * apostrophe before it makes it a text, there and for eyes. Numbers are ours and stay as they are.
 */
const startsFormula = /^[=+\-@\t\r]/

function cell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  const text = textOf(value)
  const guarded = startsFormula.test(text) ? `'${text}` : text
  return /[",\r\n;]/.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded
}

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  const isListOfTexts = Array.isArray(value) && value.every((item) => typeof item !== 'object')
  return isListOfTexts ? value.join(' ') : JSON.stringify(value)
}

export const formats: Readonly<Record<string, Format>> = {
  csv: {
    type: 'text/csv; charset=utf-8',
    extension: 'csv',
    // With the mark at the beginning spreadsheets read it as UTF-8.
    head: (columns) => `\uFEFF${columns.join(',')}\r\n`,
    row: (_columns, values) => `${values.map(cell).join(',')}\r\n`,
  },
  jsonl: {
    type: 'application/x-ndjson',
    extension: 'jsonl',
    head: () => '',
    row: (columns, values) =>
      `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, values[index]])))}\n`,
  },
}
