/** Brings a database up to date. A migration that was released is never edited: add the next one. */
import type Database from 'better-sqlite3'

/** `what` names the database in the refusal of one that a newer version wrote. */
export function migrate(db: Database.Database, migrations: string[], what: string): void {
  const from = db.pragma('user_version', { simple: true }) as number
  if (from > migrations.length) {
    throw new Error(
      `${what} was written by a newer version of the node agent (schema ${from}, this one knows ${migrations.length})`,
    )
  }
  for (let step = from; step < migrations.length; step++) {
    db.transaction(() => {
      db.exec(migrations[step]!)
      db.pragma(`user_version = ${step + 1}`)
    }).immediate()
  }
}
