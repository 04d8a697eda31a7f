/**
 * What the queue remembers of its destinations' transport security, as run inside its writer thread: MTA-STS policies, which hold
 * until their time is over whatever DNS says meanwhile (RFC 8461 section 5.1), and the results that TLS reports tell of.
 */
import type Database from 'better-sqlite3'
import { migrate } from '../../../../durable/migrate.js'
import type { Operations } from '../../../../durable/operations.js'

export interface StoredPolicy {
  domain: string
  recordId: string
  /** A StsPolicy as JSON. */
  policy: string
  /** Milliseconds since 1970. */
  fetchedAt: number
  expiresAt: number
}

/** Sessions of one day with one destination that came to the same. */
export interface ResultCount {
  /** `YYYY-MM-DD`, of UTC. */
  day: string
  domain: string
  /** The policy as it goes into the report, as JSON. */
  policy: string
  /** The failure as it goes into the report, as JSON; empty for a success. */
  failure: string
  sessions: number
}

export interface Report {
  id: string
  day: string
  domain: string
  /** Where it goes: one `mailto:` or `https:` URI. */
  uri: string
  attempts: number
  /** Milliseconds since 1970. */
  dueAt: number
}

const migrations = [
  `CREATE TABLE sts_policy (domain TEXT PRIMARY KEY, record_id TEXT NOT NULL, policy TEXT NOT NULL,
     fetched_at INTEGER NOT NULL, expires_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE tls_result (day TEXT NOT NULL, domain TEXT NOT NULL, policy TEXT NOT NULL, failure TEXT NOT NULL,
     sessions INTEGER NOT NULL, PRIMARY KEY (day, domain, policy, failure)) WITHOUT ROWID;
   CREATE TABLE tls_report (id TEXT PRIMARY KEY, day TEXT NOT NULL, domain TEXT NOT NULL, uri TEXT NOT NULL,
     attempts INTEGER NOT NULL, due_at INTEGER NOT NULL) WITHOUT ROWID;
   CREATE TABLE tls_reported (day TEXT NOT NULL, domain TEXT NOT NULL, PRIMARY KEY (day, domain)) WITHOUT ROWID;`,
]
/** Of a destination whose hosts or faults change with every session. Its successes have as much room besides. */
const maxResultsPerDestination = 500

export function open(db: Database.Database): Operations {
  migrate(db, migrations, 'the transport security of destinations')
  const keepPolicy = db.prepare(
    `INSERT OR REPLACE INTO sts_policy (domain, record_id, policy, fetched_at, expires_at)
     VALUES (:domain, :recordId, :policy, :fetchedAt, :expiresAt)`,
  )
  const dropPolicies = db.prepare('DELETE FROM sts_policy WHERE expires_at <= ?')
  const add = db.prepare(
    `INSERT INTO tls_result (day, domain, policy, failure, sessions)
     SELECT :day, :domain, :policy, :failure, :sessions
     WHERE (SELECT count(*) FROM tls_result WHERE day = :day AND domain = :domain) < iif(:failure = '', 2 * :most, :most)
       OR EXISTS (SELECT 1 FROM tls_result WHERE day = :day AND domain = :domain AND policy = :policy AND failure = :failure)
     ON CONFLICT DO UPDATE SET sessions = sessions + excluded.sessions`,
  )
  const addReport = db.prepare('INSERT INTO tls_report VALUES (:id, :day, :domain, :uri, :attempts, :dueAt)')
  const retryReport = db.prepare('UPDATE tls_report SET attempts = attempts + 1, due_at = :dueAt WHERE id = :id')
  const endReport = db.prepare('DELETE FROM tls_report WHERE id = ?')
  const markReported = db.prepare('INSERT OR IGNORE INTO tls_reported VALUES (:day, :domain)')
  const forget = ['tls_result', 'tls_report', 'tls_reported'].map((table) =>
    db.prepare(`DELETE FROM ${table} WHERE day < ?`),
  )

  return {
    operations: {
      keepPolicy: (policy: StoredPolicy) => void keepPolicy.run(policy),
      dropPolicies: (now: number) => void dropPolicies.run(now),
      count(results: ResultCount[]) {
        for (const result of results) add.run({ ...result, most: maxResultsPerDestination })
      },
      /** The day's results of a destination become reports, or none where it wants none: once, whatever dies meanwhile. */
      beginReports({ day, domain, reports }: { day: string; domain: string; reports: Report[] }) {
        if (markReported.run({ day, domain }).changes === 0) return
        for (const report of reports) addReport.run(report)
      },
      retryReport: (report: Pick<Report, 'id' | 'dueAt'>) => void retryReport.run(report),
      endReport: (id: string) => void endReport.run(id),
      /** What is of before that day. */
      forget(day: string) {
        for (const statement of forget) statement.run(day)
      },
    } as Operations['operations'],
  }
}
