/** Mail events on their way in. */
import { Counter, Histogram, type Registry } from 'prom-client'

export interface EventMetrics {
  stored: Counter
  setAside: Counter
  batches: Histogram
  delay: Histogram
}

export const eventMetrics = (registry: Registry): EventMetrics => ({
  stored: new Counter({
    name: 'mailfleet_events_stored_total',
    help: 'Mail events of nodes that were stored.',
    registers: [registry],
  }),
  setAside: new Counter({
    name: 'mailfleet_events_set_aside_total',
    help: 'Mail events that were malformed, or of domains that their node does not serve.',
    registers: [registry],
  }),
  batches: new Histogram({
    name: 'mailfleet_event_batch_duration_seconds',
    help: 'How long it takes to store one batch.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  }),
  delay: new Histogram({
    name: 'mailfleet_event_delay_seconds',
    help: 'Age of the oldest event of each batch when it was stored, by the clocks of node and control plane.',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 900, 3_600, 21_600],
    registers: [registry],
  }),
})
