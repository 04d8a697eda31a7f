/** Jobs of the whole installation, the same on every replica. */
import { sampledGauge } from '@mailfleet/telemetry'
import type { Registry } from 'prom-client'
import type { Database } from '../platform/database.js'

interface Row {
  state: string
  jobs: number
  oldest: number
}

export function registerJobMetrics(registry: Registry, database: Database): void {
  const read = () =>
    database.query<Row>(
      `SELECT lower(states.state) AS state, count(job.id)::int AS jobs,
         coalesce(extract(epoch FROM now() - min(job.created_at)), 0)::float AS oldest
       FROM unnest(ARRAY['QUEUED', 'RUNNING']) AS states (state)
       LEFT JOIN job ON job.state = states.state AND job.state IN ('QUEUED', 'RUNNING')
       GROUP BY states.state`,
    )
  sampledGauge(registry, {
    name: 'mailfleet_jobs',
    help: 'Jobs that are not over.',
    labelNames: ['state'],
    sample: async () => (await read()).map(({ state, jobs }) => ({ labels: { state }, value: jobs })),
  })
  sampledGauge(registry, {
    name: 'mailfleet_job_oldest_seconds',
    help: 'How long ago the oldest job of each state was asked for; 0 where there is none.',
    labelNames: ['state'],
    sample: async () => (await read()).map(({ state, oldest }) => ({ labels: { state }, value: oldest })),
  })
}
