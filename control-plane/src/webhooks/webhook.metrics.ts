/** Deliveries of webhooks: tries of this replica, and what waits in the whole installation. */
import { sampledGauge } from '@mailfleet/telemetry'
import { Histogram, type Registry } from 'prom-client'
import type { Database } from '../platform/database.js'
import { isTaken, type Result } from './attempt.js'

export function attemptMetrics(registry: Registry): (result: Result) => void {
  const attempts = new Histogram({
    name: 'mailfleet_webhook_attempt_duration_seconds',
    help: 'Tries to deliver. `result`: delivered; refused by an answer other than 2xx; failed without an answer.',
    labelNames: ['result'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15],
    registers: [registry],
  })
  return (result) => {
    const outcome = isTaken(result) ? 'delivered' : result.status === null ? 'failed' : 'refused'
    attempts.observe({ result: outcome }, result.durationMs / 1_000)
  }
}

/** Counted up to here: beyond it the number says "very many". */
const countedUpTo = 10_000

export function registerDeliveryMetrics(registry: Registry, database: Database): void {
  sampledGauge(registry, {
    name: 'mailfleet_webhook_deliveries_pending',
    help: `Deliveries that are owed, the same on every replica; ${countedUpTo} is that or more.`,
    async sample() {
      const [row] = await database.query<{ pending: number }>(
        `SELECT count(*)::int AS pending FROM (
           SELECT 1 FROM webhook_delivery WHERE state = 'PENDING' LIMIT ${countedUpTo}) AS few`,
      )
      return [{ value: row!.pending }]
    },
  })
}
