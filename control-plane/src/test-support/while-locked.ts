/** Two changes at the same moment, in the worst order: the first has written and not yet committed when the second begins. */
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** Fails where the second does not wait for the first. */
export async function whileUncommitted<T>(
  databaseUrl: string,
  [sql, values]: [string, unknown[]],
  second: () => Promise<T>,
): Promise<T> {
  const first = new pg.Client({ connectionString: databaseUrl })
  await first.connect()
  try {
    await first.query('BEGIN')
    const { rowCount } = await first.query(sql, values)
    if (!rowCount) throw new Error('the first change changed nothing')
    let ended = false
    const outcome = second().finally(() => (ended = true))
    outcome.catch(() => undefined)
    while (!ended && !(await somebodyWaits(first))) await sleep(5)
    if (ended) throw new Error('the second change did not wait for the first')
    await first.query('COMMIT')
    return await outcome
  } finally {
    await first.end()
  }
}

async function somebodyWaits(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pg_backend_pid() = ANY(pg_blocking_pids(pid))`,
  )
  return rows.length > 0
}
