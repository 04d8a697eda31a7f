/** Opens what ./transport-operations.ts keeps, and reads it on a connection that cannot write. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { isDamaged, setAside } from '../../../../durable/set-aside.js'
import { Writer } from '../../../../durable/writer.js'
import type { Report, ResultCount, StoredPolicy } from './transport-operations.js'

export class TransportDatabase {
  private readonly db: Database.Database
  private constructor(readonly writer: Writer) {
    this.db = new Database(writer.path, { readonly: true })
  }

  static async open(dataDir: string, now: Date): Promise<TransportDatabase> {
    const path = join(dataDir, 'transport.db')
    const operations = new URL(
      `./transport-operations${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
      import.meta.url,
    )
    const open = async (): Promise<TransportDatabase> => {
      const writer = await Writer.open({ name: 'transport', path, operations })
      try {
        return new TransportDatabase(writer)
      } catch (error) {
        await writer.close()
        throw error
      }
    }
    return open().catch((error: unknown) => {
      // All of it can be fetched or counted anew: it is worth less than a node that starts.
      if (!isDamaged(error) || !existsSync(path)) throw error
      setAside(path, now)
      return open()
    })
  }

  policy(domain: string): StoredPolicy | undefined {
    return this.db.prepare(`${policies} WHERE domain = ?`).get(domain) as StoredPolicy | undefined
  }

  /** Some of those fetched before then; at random, so that those whose hosts are gone stand in nobody's way. */
  policiesFetchedBefore(time: number, limit: number): StoredPolicy[] {
    return this.db
      .prepare(`${policies} WHERE fetched_at < ? ORDER BY random() LIMIT ?`)
      .all(time, limit) as StoredPolicy[]
  }

  /** Days and destinations before `today` of which no report was begun. */
  unreported(today: string, limit: number): { day: string; domain: string }[] {
    return this.db
      .prepare(
        `SELECT DISTINCT day, domain FROM tls_result WHERE day < ? AND NOT EXISTS
           (SELECT 1 FROM tls_reported WHERE tls_reported.day = tls_result.day AND tls_reported.domain = tls_result.domain)
         ORDER BY day, domain LIMIT ?`,
      )
      .all(today, limit) as { day: string; domain: string }[]
  }

  results(day: string, domain: string): ResultCount[] {
    return this.db.prepare('SELECT * FROM tls_result WHERE day = ? AND domain = ?').all(day, domain) as ResultCount[]
  }

  dueReports(now: number, limit: number): Report[] {
    return this.db
      .prepare(
        'SELECT id, day, domain, uri, attempts, due_at AS dueAt FROM tls_report WHERE due_at <= ? ORDER BY due_at LIMIT ?',
      )
      .all(now, limit) as Report[]
  }

  async close(): Promise<void> {
    this.db.close()
    await this.writer.close()
  }
}

const policies =
  'SELECT domain, record_id AS recordId, policy, fetched_at AS fetchedAt, expires_at AS expiresAt FROM sts_policy'
