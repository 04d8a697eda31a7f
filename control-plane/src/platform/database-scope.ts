/**
 * For whom statements are run. A connection from the pool carries settings of PostgreSQL (`SET`, for the session), which triggers
 * and row-level security read, and a role. Whoever takes a connection gets it with the settings of its own scope, never with
 * those of whoever had it before.
 *
 * A scope is entered around each use of the pool, so that TypeORM's own queries are in it too. Outside of any scope
 * statements are the system's: nothing is set, and the role is that of the connection.
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import type { DataSource, EntityManager } from 'typeorm'
import { oneAtATime } from './one-at-a-time.js'

/** Names of settings and their values; a setting that is left out is empty. `role` is whose privileges and policies hold. */
export type ScopeSettings = Readonly<Record<string, string>>

const current = new AsyncLocalStorage<ScopeSettings>()

export const inScope = <T>(settings: ScopeSettings, work: () => T): T => current.run(settings, work)

interface Client {
  query(sql: string, values: unknown[]): Promise<unknown>
  release(error?: Error): void
  /** `I`: in no transaction. */
  getTransactionStatus(): string | null
}
type Obtained = (error?: Error, client?: Client, release?: Client['release']) => void
interface Pool {
  connect(): Promise<Client>
}

const system: ScopeSettings = {}

/** To be called once, after the pool is open: whoever uses it, by TypeORM or not, is in a scope from then on. */
export function scopeConnections(dataSource: DataSource): void {
  const { master: pool } = dataSource.driver as unknown as { master: Pool }
  const connect = pool.connect.bind(pool)
  /** What each connection was told last. */
  const told = new WeakMap<Client, ScopeSettings>()
  const known = new WeakSet<Client>()
  const obtain = async (wanted: ScopeSettings): Promise<Client> => {
    const client = await obtainIdle(connect)
    if (!known.has(client)) {
      known.add(client)
      oneAtATime(client)
    }
    const had = told.get(client) ?? system
    if (wanted === had || sameSettings(wanted, had)) return client
    // Until it is known how it ended, nothing is known of the connection.
    told.delete(client)
    try {
      await tell(client, wanted, had)
    } catch (error) {
      client.release(error as Error)
      throw error
    }
    told.set(client, wanted)
    return client
  }
  pool.connect = ((callback?: Obtained) => {
    const obtained = obtain(current.getStore() ?? system)
    if (!callback) return obtained
    obtained.then(
      (client) => callback(undefined, client, (error) => client.release(error)),
      (error: unknown) => callback(error as Error, undefined, () => undefined),
    )
  }) as Pool['connect']
}

/**
 * A connection that was given back within a transaction is thrown away: its end would take back what is set now, and whoever
 * comes next would work with what was set before.
 */
async function obtainIdle(connect: Pool['connect']): Promise<Client> {
  for (;;) {
    const client = await connect()
    const status = client.getTransactionStatus()
    if (status === null || status === 'I') return client
    client.release(new Error('this connection was given back within a transaction'))
  }
}

const sameSettings = (a: ScopeSettings, b: ScopeSettings): boolean =>
  [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => a[name] === b[name])

/** To what the connection began with, where nothing is no value. */
const unset = (name: string): string | null => {
  if (name === 'statement_timeout') return null
  return name === 'role' ? 'none' : ''
}

async function tell(client: Pick<Client, 'query'>, wanted: ScopeSettings, had: ScopeSettings, local = false) {
  const names = [...new Set([...Object.keys(had), ...Object.keys(wanted)])].filter((name) => had[name] !== wanted[name])
  const values = names.map((name) => wanted[name] ?? unset(name))
  const calls = names.map((name, index) => `set_config('${name}', $${index + 1}, ${local})`)
  if (calls.length > 0) await client.query(`SELECT ${calls.join(', ')}`, values)
}

/**
 * For statements of a transaction that need more than the caller reaches: what stands above a tenant, an address wherever it is.
 * They run as the system, in the same transaction. Whatever comes of them is the caller's only as far as the code here lets it
 * be: check what the caller may before, and hand out nothing but a yes or no after.
 */
export async function beyondReach<T>(manager: EntityManager, work: () => Promise<T>): Promise<T> {
  const scope = current.getStore() ?? system
  if (scope.role === undefined) return work()
  const { role: _role, ...wanted } = scope
  return changed(manager, scope, wanted, work)
}

/**
 * For what a change brings with it for others, who may not even know the caller: the same transaction, but nobody's doing, so that no
 * audit trail of theirs names who it was.
 */
export const asNobody = <T>(manager: EntityManager, work: () => Promise<T>): Promise<T> =>
  changed(manager, current.getStore() ?? system, system, work)

/** Set back also after a failure, which may be none of PostgreSQL's; where it was one, the end of the savepoint sets it back. */
async function changed<T>(
  manager: EntityManager,
  had: ScopeSettings,
  wanted: ScopeSettings,
  work: () => Promise<T>,
): Promise<T> {
  await tell(manager, wanted, had, true)
  let result: T
  try {
    result = await inScope(wanted, work)
  } catch (error) {
    await tell(manager, had, wanted, true).catch(() => undefined)
    throw error
  }
  await tell(manager, had, wanted, true)
  return result
}

const inside = new AsyncLocalStorage<ScopedTransaction>()

/**
 * A transaction that is open already, in which the settings change with what is under way. What runs side by side in it runs for
 * one scope at a time.
 */
export class ScopedTransaction {
  /** Whether a write in it has succeeded. */
  wrote = false
  private told: ScopeSettings = system
  private underWay = 0
  private idle: Promise<void> = Promise.resolve()
  private becomeIdle = (): void => undefined

  constructor(private readonly manager: EntityManager) {}

  async run<T>(wanted: ScopeSettings, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    if (inside.getStore() === this) return this.within(wanted, work)
    while (this.underWay > 0 && !sameSettings(this.told, wanted)) await this.idle
    if (this.underWay++ === 0) this.idle = new Promise((resolve) => (this.becomeIdle = resolve))
    const had = this.told
    this.told = wanted
    try {
      // Statements of one connection run in the order in which they are given: whatever comes next finds it set.
      if (!sameSettings(had, wanted)) await tell(this.manager, wanted, had, true)
      return await inside.run(this, () => inScope(wanted, () => work(this.manager)))
    } finally {
      if (--this.underWay === 0) this.becomeIdle()
    }
  }

  private within<T>(wanted: ScopeSettings, work: (manager: EntityManager) => Promise<T>): Promise<T> {
    const had = current.getStore() ?? system
    if (sameSettings(had, wanted)) return work(this.manager)
    return changed(this.manager, had, wanted, () => work(this.manager))
  }
}
