/** Tables for people: columns as wide as what is in the first page, East Asian characters counted as two. */
import { columnsOf, cellOf, shownText, type Row, type TextOptions } from './rows.js'
import type { Selection } from '../model/selection.js'

const segmenter = new Intl.Segmenter()
const wide =
  /^[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}\uff01-\uff60\u3000-\u303f]/u

/** Columns of a terminal. */
export function widthOf(text: string): number {
  let width = 0
  for (const { segment } of segmenter.segment(text)) width += wide.test(segment) ? 2 : 1
  return width
}

const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Every object has these, and people look for others. */
const background = /^(version|createdAt|updatedAt|localPart)$/

/** `displayName` says what `name` says, for people. */
export function tableColumns(selection: Selection): string[] {
  const all = columnsOf(selection)
  const displayed = (column: string): boolean => {
    const parts = column.split('.')
    const last = parts.pop()!
    const display = `display${last[0]!.toUpperCase()}${last.slice(1)}`
    return all.includes([...parts, display].join('.'))
  }
  const shown = all.filter((column) => !background.test(column) && !displayed(column))
  // Of an object within, its name says more than its id.
  const named = shown.filter((column) => !column.endsWith('.id') || !shown.some((each) => isNameBeside(each, column)))
  return named.length > 0 ? named : all
}

const isNameBeside = (column: string, id: string): boolean =>
  column !== id && column.slice(0, column.lastIndexOf('.')) === id.slice(0, -3)

const heading = (column: string): string =>
  column
    .replace(/display([A-Z])/g, (_, letter: string) => letter.toLowerCase())
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replaceAll('.', ' ')
    .toUpperCase()

export class Table {
  private widths: number[] | null = null

  constructor(
    private columns: string[],
    private readonly options: TextOptions,
  ) {}

  /** `complete`: no more comes, and a column without any value is left out. */
  page(rows: Row[], complete: boolean): string {
    const first = this.widths === null
    if (first && complete) {
      const filled = this.columns.filter((column) =>
        rows.some((row) => shownText(cellOf(row, column), this.options) !== ''),
      )
      if (filled.length > 0) this.columns = filled
    }
    const cells = rows.map((row) => this.columns.map((column) => shownText(cellOf(row, column), this.options)))
    const headings = this.columns.map(heading)
    this.widths ??= headings.map((title, index) =>
      Math.max(widthOf(title), ...cells.map((line) => widthOf(line[index]!))),
    )
    return [...(first ? [headings] : []), ...cells].map((line) => this.line(line)).join('')
  }

  private line(cells: string[]): string {
    return `${cells
      .map((cell, index) => pad(cell, this.widths![index]!))
      .join('  ')
      .trimEnd()}\n`
  }
}

/** One object: a field a line. */
export function card(row: Row, selection: Selection, options: TextOptions): string {
  const columns = columnsOf(selection)
  const width = Math.max(...columns.map(widthOf))
  return columns
    .map((column) => `${pad(column, width)}  ${shownText(cellOf(row, column), options)}`.trimEnd() + '\n')
    .join('')
}
