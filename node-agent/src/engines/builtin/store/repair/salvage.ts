/**
 * Rows of a damaged table. What SQLite can reach is read from both ends of a range of keys up to where it fails; the rest is halved
 * until nothing more answers. The number of tries is bounded, so that a start is too.
 */
import type Database from 'better-sqlite3'

export type Row = Record<string, number | string | Buffer | null>

/** Beyond any id that AUTOINCREMENT gives here. */
const maxKey = 2 ** 44
const batch = 200

export class Salvage {
  /** Reads that failed: 0 when everything could be read. */
  failures = 0
  private triesLeft = 50_000

  constructor(private readonly db: Database.Database) {}

  /** Rows with integer `key` in ascending order or not; `where` fixes the columns of the primary key before it. */
  range(
    table: string,
    key: string,
    take: (row: Row) => void,
    { where = '', parameters = [] as number[], to = maxKey } = {},
  ): void {
    const failures = this.failures
    let ascending: Database.Statement
    let descending: Database.Statement
    try {
      const from = `SELECT ${key === 'rowid' ? 'rowid, ' : ''}* FROM ${table} WHERE ${where} ${key} > ? AND ${key} <= ? ORDER BY ${key}`
      ascending = this.db.prepare(`${from} LIMIT ?`)
      descending = this.db.prepare(`${from} DESC LIMIT ?`)
    } catch {
      // Its entry in the schema is damaged or it is of an older version.
      this.failures = failures + 1
      return
    }
    const read = (statement: Database.Statement, low: number, high: number, limit: number): Row[] | null => {
      if (this.triesLeft <= 0) return null
      try {
        const rows = statement.all(...parameters, low, high, limit) as Row[]
        // A page that is linked into the wrong place: its rows are not the ones that were asked for.
        if (rows.every((row) => typeof row[key] === 'number' && row[key] > low && row[key] <= high)) return rows
      } catch {
        // Counted below.
      }
      this.failures++
      this.triesLeft--
      return null
    }
    const within = (low: number, high: number): void => {
      let from = low
      let until = high
      for (const statement of [ascending, descending]) {
        const forward = statement === ascending
        for (let limit = batch; from < until;) {
          const rows = read(statement, from, until, limit)
          if (rows === null) {
            if (limit === 1) break
            limit = 1
            continue
          }
          rows.forEach(take)
          if (rows.length < limit) return
          const last = rows.at(-1)![key] as number
          if (forward) from = last
          else until = last - 1
        }
      }
      if (until - from <= 1 || this.triesLeft <= 0) return
      const middle = Math.floor((from + until) / 2)
      within(from, middle)
      within(middle, until)
    }
    within(-1, to)
  }

  /** All that a query answers before it fails, from either end of its order. */
  bothEnds(query: (direction: string) => string, take: (row: Row) => void): void {
    for (const direction of ['ASC', 'DESC']) {
      try {
        for (const row of this.db.prepare(query(direction)).iterate() as IterableIterator<Row>) take(row)
        return
      } catch {
        this.failures++
      }
    }
  }
}
