/** The change log of one replica: what waits to be sequenced, how far this replica has read, whether it is told of news. */
import { sampledGauge } from '@mailfleet/telemetry'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { DataSource } from 'typeorm'
import { readHead } from './change-log.js'
import type { LogFollower } from './log-follower.js'
import type { Notifications } from './notifications.js'

export interface SequencerMetrics {
  records: Counter
  steps: Histogram
}

export const sequencerMetrics = (registry: Registry): SequencerMetrics => ({
  records: new Counter({
    name: 'mailfleet_sequencer_records_total',
    help: 'Changes that this replica has given a revision.',
    registers: [registry],
  }),
  steps: new Histogram({
    name: 'mailfleet_sequencer_step_duration_seconds',
    help: 'One batch from the outbox to the log, the wait for the other replicas included.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
    registers: [registry],
  }),
})

/** The outbox is counted up to here: beyond it the number says "far behind". */
const countedUpTo = 10_000

export function registerChangeMetrics(
  registry: Registry,
  parts: { dataSource: DataSource; follower: LogFollower; notifications: Notifications },
): void {
  const { dataSource, follower, notifications } = parts
  sampledGauge(registry, {
    name: 'mailfleet_change_outbox_records',
    help: `Committed changes that have no revision yet, of all replicas; ${countedUpTo} is that or more.`,
    async sample() {
      const [row] = await dataSource.query(
        `SELECT count(*)::int AS waiting FROM (SELECT 1 FROM change_outbox LIMIT ${countedUpTo}) AS few`,
      )
      return [{ value: row.waiting }]
    },
  })
  sampledGauge(registry, {
    name: 'mailfleet_change_log_revision',
    help: 'The newest revision that this replica has seen.',
    sample: () => [{ value: follower.current.revision }],
  })
  sampledGauge(registry, {
    name: 'mailfleet_change_log_lag_revisions',
    help: 'Revisions in the log that this replica has not seen yet.',
    async sample() {
      const seen = follower.current.revision
      const { revision } = await readHead(dataSource)
      return [{ value: Math.max(0, revision - seen) }]
    },
  })
  sampledGauge(registry, {
    name: 'mailfleet_notifications_up',
    help: 'Whether the LISTEN connection stands; without it this replica learns of changes by polling.',
    sample: () => [{ value: notifications.isConnected ? 1 : 0 }],
  })
}
