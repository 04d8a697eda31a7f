/**
 * The config database, as run inside its writer thread.
 *
 * `resource` is the last good state: what the engine accepted. `candidate` is what was received and is durable, but not yet known to
 * be accepted; it is tried again after a crash. `staged` collects a snapshot until its end. In `resource` and `candidate` a null
 * body is a removal: its version keeps a stale frame from bringing the key back.
 */
import type Database from 'better-sqlite3'
import { migrate } from '../durable/migrate.js'
import type { Operations } from '../durable/operations.js'

export interface ConfigRow {
  key: string
  version: number
  body: string | null
}

export interface ConfigPosition {
  epoch: string
  revision: number
}

const migrations = [
  `CREATE TABLE position (id INTEGER PRIMARY KEY CHECK (id = 1), epoch TEXT NOT NULL, revision INTEGER NOT NULL,
     definitions TEXT NOT NULL);
   CREATE TABLE resource (key TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT) WITHOUT ROWID;
   CREATE TABLE candidate (key TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT) WITHOUT ROWID;
   CREATE TABLE staged (key TEXT PRIMARY KEY, version INTEGER NOT NULL, body TEXT) WITHOUT ROWID;`,
]

export function open(db: Database.Database, config: { definitions: string }): Operations {
  migrate(db, migrations, 'the config database')
  const putCandidate = db.prepare('INSERT OR REPLACE INTO candidate VALUES (:key, :version, :body)')
  const stage = db.prepare(`INSERT INTO staged VALUES (:key, :version, :body) ON CONFLICT (key)
    DO UPDATE SET version = excluded.version, body = excluded.body WHERE excluded.version > staged.version`)
  const advance = db.prepare('UPDATE position SET revision = max(revision, ?)')
  const setPosition = db.prepare('INSERT OR REPLACE INTO position VALUES (1, ?, ?, ?)')
  // The good version is numbered below the refused one, so that whatever comes next counts as newer, in a new epoch too.
  const keepGood = db.prepare(`UPDATE resource SET version = min(version, (SELECT version - 1 FROM candidate
    WHERE candidate.key = resource.key)) WHERE key = ?`)
  const refuse = db.prepare('DELETE FROM candidate WHERE key = ?')

  return {
    operations: {
      /** Durable before it takes effect: the changes and the revision that they lead to. */
      receive({ revision, changes }: { revision: number; changes: ConfigRow[] }) {
        for (const change of changes) putCandidate.run(change)
        advance.run(revision)
      },

      /** The engine's verdict: candidates become the last good state, refused ones leave it as it was. */
      settle({ refused }: { refused: string[] }) {
        for (const key of refused) {
          keepGood.run(key)
          refuse.run(key)
        }
        db.exec('INSERT OR REPLACE INTO resource SELECT * FROM candidate; DELETE FROM candidate')
      },

      beginSnapshot() {
        db.exec('DELETE FROM staged')
      },

      /** A null body: the key is named, but its new state is refused, so that its last good one stays. */
      stage({ rows }: { rows: ConfigRow[] }) {
        for (const row of rows) stage.run(row)
      },

      /** Replaces all in one step; answers with what is different now. */
      endSnapshot({ epoch, revision }: ConfigPosition): ConfigRow[] {
        // Removals need no memory here: versions of another epoch say nothing.
        db.exec('DELETE FROM candidate; DELETE FROM resource WHERE body IS NULL')
        db.exec(`INSERT INTO candidate SELECT * FROM staged WHERE body IS NOT NULL AND NOT EXISTS (SELECT 1 FROM resource
          WHERE resource.key = staged.key AND resource.version = staged.version AND resource.body = staged.body)`)
        db.prepare(
          'INSERT INTO candidate SELECT key, ?, NULL FROM resource WHERE key NOT IN (SELECT key FROM staged)',
        ).run(revision)
        db.exec(`UPDATE resource SET version = min(version, (SELECT version - 1 FROM staged WHERE staged.key = resource.key))
          WHERE key IN (SELECT key FROM staged WHERE body IS NULL)`)
        db.exec('DELETE FROM staged')
        setPosition.run(epoch, revision, config.definitions)
        return db.prepare('SELECT key, version, body FROM candidate ORDER BY key').all() as ConfigRow[]
      },

      bookmark({ revision }: { revision: number }) {
        advance.run(revision)
      },
    } as Operations['operations'],
  }
}
