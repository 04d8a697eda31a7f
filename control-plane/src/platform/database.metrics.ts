/** The connections of one replica to PostgreSQL. */
import { sampledGauge } from '@mailfleet/telemetry'
import type { Pool } from 'pg'
import type { Registry } from 'prom-client'
import type { Database } from './database.js'

export function registerDatabaseMetrics(registry: Registry, database: Database, poolSize: number): void {
  const { master: pool } = database.dataSource.driver as unknown as { master: Pool }
  sampledGauge(registry, {
    name: 'mailfleet_database_connections',
    help: 'Connections of the pool, by what they do.',
    labelNames: ['state'],
    sample: () => [
      { labels: { state: 'busy' }, value: pool.totalCount - pool.idleCount },
      { labels: { state: 'idle' }, value: pool.idleCount },
    ],
  })
  sampledGauge(registry, {
    name: 'mailfleet_database_pool_size',
    help: 'How many connections the pool may have.',
    sample: () => [{ value: poolSize }],
  })
  sampledGauge(registry, {
    name: 'mailfleet_database_waiting',
    help: 'Pieces of work that wait for a connection.',
    sample: () => [{ value: pool.waitingCount }],
  })
  sampledGauge(registry, {
    name: 'mailfleet_database_up',
    help: 'Whether the database answered this scrape.',
    sample: () =>
      database.query('SELECT 1').then(
        () => [{ value: 1 }],
        () => [{ value: 0 }],
      ),
  })
}
