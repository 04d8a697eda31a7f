/**
 * PostgreSQL through TypeORM. The schema is made by migrations only.
 *
 * `transaction` is the only way to write: what was registered with `onCommit` is called after each commit, and a
 * transaction that PostgreSQL broke off for the sake of another is run again.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import {
  DataSource,
  MigrationExecutor,
  type EntityManager,
  type EntityTarget,
  type FindManyOptions,
  type MixedList,
} from 'typeorm'
import type { ObjectLiteral } from 'typeorm'
import { inScope, ScopedTransaction, scopeConnections, type ScopeSettings } from './database-scope.js'
import { SnakeNames } from './snake-names.js'

export interface DatabaseOptions {
  url: string
  poolSize: number
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- TypeORM's own type for classes
  entities: Function[]
  // eslint-disable-next-line @typescript-eslint/no-unsafe-function-type -- as above
  migrations: Function[]
}

/** One number for all replicas; of no other meaning. */
const migrationLock = 7_203_000
const maxAttempts = 5
const timeLimits = ['statement_timeout', 'idle_in_transaction_session_timeout']

export class Database {
  private constructor(
    readonly dataSource: DataSource,
    private readonly listeners: Set<() => void>,
    /** Asked with each use, since the same caller first reads and then writes. */
    private readonly scope: () => ScopeSettings,
    /** A transaction that all of this happens in; its owner ends it. */
    private readonly outer: ScopedTransaction | null,
  ) {}

  static of(dataSource: DataSource): Database {
    scopeConnections(dataSource)
    return new Database(dataSource, new Set(), () => ({}), null)
  }

  /** The same database, with the settings of somebody. */
  scoped(scope: () => ScopeSettings): Database {
    return new Database(this.dataSource, this.listeners, scope, this.outer)
  }

  /** The same database inside of a transaction: whoever is given it reads and writes there, each write a savepoint. */
  within(transaction: EntityManager): Database {
    return new Database(this.dataSource, this.listeners, this.scope, new ScopedTransaction(transaction))
  }

  /** Whether a write in the outer transaction has succeeded. */
  get hasWritten(): boolean {
    return this.outer?.wrote ?? false
  }

  /** Called after each commit, in this process only. */
  onCommit(listener: () => void): () => void {
    this.listeners.add(listener)
    return () => void this.listeners.delete(listener)
  }

  async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.outer) {
      // What breaks off this one breaks off the outer one: that is run again as a whole.
      const result = await this.outer.run(this.scope(), (manager) => manager.transaction(work))
      this.outer.wrote = true
      return result
    }
    for (let attempt = 1; ; attempt++) {
      try {
        const result = await inScope(this.scope(), () => this.dataSource.transaction('READ COMMITTED', work))
        for (const listener of this.listeners) listener()
        return result
      } catch (error) {
        if (attempt === maxAttempts || !isRetryable(error)) throw error
        await sleep(Math.random() * 20 * 2 ** attempt)
      }
    }
  }

  find<T extends ObjectLiteral>(entity: EntityTarget<T>, options: FindManyOptions<T>): Promise<T[]> {
    if (this.outer) return this.outer.run(this.scope(), (manager) => manager.find(entity, options))
    return inScope(this.scope(), () => this.dataSource.getRepository(entity).find(options))
  }

  query<Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> {
    if (this.outer) return this.outer.run(this.scope(), (manager) => manager.query(sql, parameters))
    return inScope(this.scope(), () => this.dataSource.query(sql, parameters))
  }

  /**
   * Of replicas that start at once, one migrates; the others wait and find it done. Waiting, and changing a large table, may
   * take longer than a request: both happen on one connection without limits of time.
   */
  async migrate(): Promise<void> {
    const runner = this.dataSource.createQueryRunner()
    await runner.connect()
    try {
      for (const limit of timeLimits) await runner.query(`SET ${limit} = 0`)
      await runner.query('SELECT pg_advisory_lock($1)', [migrationLock])
      const executor = new MigrationExecutor(this.dataSource, runner)
      executor.transaction = 'each'
      await executor.executePendingMigrations()
    } finally {
      await runner.query('SELECT pg_advisory_unlock($1)', [migrationLock]).catch(() => undefined)
      // To what the connection began with.
      for (const limit of timeLimits) await runner.query(`RESET ${limit}`).catch(() => undefined)
      await runner.release()
    }
  }

  close(): Promise<void> {
    return this.dataSource.destroy()
  }
}

export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const dataSource = new DataSource({
    type: 'postgres',
    url: options.url,
    applicationName: 'mailfleet',
    poolSize: options.poolSize,
    synchronize: false,
    logging: false,
    installExtensions: false,
    entities: options.entities as MixedList<never>,
    migrations: options.migrations as MixedList<never>,
    migrationsTableName: 'schema_migration',
    namingStrategy: new SnakeNames(),
    connectTimeoutMS: 10_000,
    // Bounds what any one request can cost.
    extra: { statement_timeout: 30_000, idle_in_transaction_session_timeout: 60_000 },
  })
  await dataSource.initialize()
  return Database.of(dataSource)
}

/** serialization_failure, deadlock_detected. */
const isRetryable = (error: unknown): boolean => ['40001', '40P01'].includes(String((error as { code?: unknown }).code))
