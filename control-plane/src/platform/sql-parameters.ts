/** Collects the values of a hand-written statement, so that no value ever becomes part of its text. */
export class SqlParameters {
  readonly values: unknown[] = []

  /** The placeholder, cast to `type`. */
  bind(value: unknown, type: string): string {
    this.values.push(value)
    return `$${this.values.length}::${type}`
  }
}

/** For LIKE ... ESCAPE '\\': the text itself, wherever it stands. */
export const containing = (text: string): string => `%${text.normalize('NFC').toLowerCase().replace(/[\\%_]/g, '\\$&')}%`
