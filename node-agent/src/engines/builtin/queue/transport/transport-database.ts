/** Opens what ./transport-operations.ts keeps, and reads it on a connection that cannot write. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { isDamaged, setAside } from '../../../../durable/set-aside.js'
import { Writer } from '../../../../durable/writer.js'
import type { Report, ResultCount, StoredPolicy } from './transport-operations.js'

interface Opened {
  writer: Writer
  db: Database.Database
}

export class TransportDatabase {
  private opened: Opened | null = null
  private opening: Promise<Opened> | null = null

  private constructor(
    private readonly path: string,
    private readonly now: Date,
  ) {}

  /** Where nothing was kept yet it is made when something is: most nodes of a test, and many of a fleet, never need it. */
  static async open(dataDir: string, now: Date): Promise<TransportDatabase> {
    const database = new TransportDatabase(join(dataDir, 'transport.db'), now)
    if (existsSync(database.path)) await database.use()
    return database
  }

  /** Runs one of ./transport-operations.ts. */
  async write(operation: string, args: unknown): Promise<void> {
    const { writer } = await this.use()
    await writer.call(operation, args)
  }

  /** The same for what only removes. */
  async tidy(operation: string, args: unknown): Promise<void> {
    if (this.opened) await this.write(operation, args)
  }

  policy(domain: string): StoredPolicy | undefined {
    return this.rows<StoredPolicy>(`${policies} WHERE domain = ?`, domain)[0]
  }

  /** Some of those fetched before then; at random, so that those whose hosts are gone stand in nobody's way. */
  policiesFetchedBefore(time: number, limit: number): StoredPolicy[] {
    return this.rows(`${policies} WHERE fetched_at < ? ORDER BY random() LIMIT ?`, time, limit)
  }

  /** Days and destinations before `today` of which no report was begun. */
  unreported(today: string, limit: number): { day: string; domain: string }[] {
    return this.rows(
      `SELECT DISTINCT day, domain FROM tls_result WHERE day < ? AND NOT EXISTS
         (SELECT 1 FROM tls_reported WHERE tls_reported.day = tls_result.day AND tls_reported.domain = tls_result.domain)
       ORDER BY random() LIMIT ?`,
      today,
      limit,
    )
  }

  results(day: string, domain: string): ResultCount[] {
    return this.rows('SELECT * FROM tls_result WHERE day = ? AND domain = ?', day, domain)
  }

  dueReports(now: number, limit: number): Report[] {
    const columns = 'id, day, domain, uri, attempts, due_at AS dueAt'
    return this.rows(`SELECT ${columns} FROM tls_report WHERE due_at <= ? ORDER BY due_at LIMIT ?`, now, limit)
  }

  async close(): Promise<void> {
    const opened = await this.opening?.catch(() => null)
    opened?.db.close()
    await opened?.writer.close()
  }

  private rows<Row>(sql: string, ...parameters: (string | number)[]): Row[] {
    return this.opened ? (this.opened.db.prepare(sql).all(...parameters) as Row[]) : []
  }

  private use(): Promise<Opened> {
    this.opening ??= this.openFiles()
      .catch((error: unknown) => {
        // All of it can be fetched or counted anew: it is worth less than a node that starts.
        if (!isDamaged(error) || !existsSync(this.path)) throw error
        setAside(this.path, this.now)
        return this.openFiles()
      })
      .then((opened) => (this.opened = opened))
      .catch((error: unknown) => {
        this.opening = null
        throw error
      })
    return this.opening
  }

  private async openFiles(): Promise<Opened> {
    const writer = await Writer.open({ name: 'transport', path: this.path, operations })
    try {
      return { writer, db: new Database(this.path, { readonly: true }) }
    } catch (error) {
      await writer.close()
      throw error
    }
  }
}

const operations = new URL(`./transport-operations${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url)
const policies =
  'SELECT domain, record_id AS recordId, policy, fetched_at AS fetchedAt, expires_at AS expiresAt FROM sts_policy'
