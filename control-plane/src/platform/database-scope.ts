/**
 * For whom statements are run. A connection from the pool carries settings of PostgreSQL (`SET`, for the session), which triggers
 * read. Whoever takes a connection gets it with the settings of its own scope, never with those of whoever had it before.
 *
 * A scope is entered around each use of the pool, so that TypeORM's own queries are in it too. Outside of any scope
 * statements are the system's: nothing is set.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { DataSource, EntityManager } from 'typeorm'

/** Names of settings and their values; a setting that is left out is empty. */
export type ScopeSettings = Readonly<Record<string, string>>

const current = new AsyncLocalStorage<ScopeSettings>()

export const inScope = <T>(settings: ScopeSettings, work: () => T): T => current.run(settings, work)

interface Client {
  query(sql: string, values: unknown[]): Promise<unknown>
}
type Obtained = [Client, (error?: Error) => void]
interface PoolDriver {
  obtainMasterConnection(): Promise<Obtained>
}

const system: ScopeSettings = {}

/** To be called once, after the pool is open. */
export function scopeConnections(dataSource: DataSource): void {
  const driver = dataSource.driver as unknown as PoolDriver
  const obtain = driver.obtainMasterConnection.bind(driver)
  /** What each connection was told last. */
  const told = new WeakMap<Client, ScopeSettings>()
  driver.obtainMasterConnection = async () => {
    const [client, release] = await obtain()
    const wanted = current.getStore() ?? system
    const had = told.get(client) ?? system
    if (wanted === had || sameSettings(wanted, had)) return [client, release]
    // Until it is known how it ended, nothing is known of the connection.
    told.delete(client)
    try {
      await tell(client, wanted, had)
    } catch (error) {
      release(error as Error)
      throw error
    }
    told.set(client, wanted)
    return [client, release]
  }
}

const sameSettings = (a: ScopeSettings, b: ScopeSettings): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => a[name] === b[name])

async function tell(client: Client, wanted: ScopeSettings, had: ScopeSettings, local = false): Promise<void> {
  const names = [...new Set([...Object.keys(had), ...Object.keys(wanted)])]
  const values = names.map((name) => wanted[name] ?? '')
  const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, ${local})`)
  if (calls.length > 0) await client.query(`SELECT ${calls.join(', ')}`, values)
}

/** A transaction that is open already, in which the settings change with what is under way. */
export class ScopedTransaction {
  private told: ScopeSettings | null = null

  constructor(private readonly manager: EntityManager) {}

  async run<T>(wanted: ScopeSettings, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (this.told === null || !sameSettings(this.told, wanted)) {
      const had = this.told ?? {}
      this.told = wanted
      // Statements of one connection run in the order in which they are given: whatever comes next finds it set.
      await tell(this.manager, wanted, had, true)
    }
    return work(this.manager)
  }
}
