import { storableText } from './storable-text.js'

/** Collects the values of a hand-written statement, so that no value ever becomes part of its text. */
export class SqlParameters {
  readonly values: unknown[] = []

  /** The placeholder, cast to `type`. */
  bind(value: unknown, type: string): string {
    this.values.push(value)
    return `$${this.values.length}::${type}`
  }
}

const maxSearchLength = 320

/** A pattern for LIKE: the text itself, in a text of lower case. */
export const literally = (text: string): string =>
  storableText(text.slice(0, maxSearchLength))
    .normalize('NFC')
    .trim()
    .toLowerCase()
    .replace(/[\\%_]/g, '\\$&')

/** The same, wherever it stands. */
export const containing = (text: string): string => `%${literally(text)}%`
