/**
 * The metrics of a node: gauges that look at the running parts when they are scraped, and counters that writers' commits move.
 * A label has the few values that the program gives it; which customer or domain it was for, the message log tells.
 */
import { sampledGauge } from '@mailfleet/telemetry'
import { Counter, type Registry } from 'prom-client'
import type { ConfigState } from '../config/config-state.js'
import type { Writer } from '../durable/writer.js'
import type { BuiltinEngine } from '../engines/builtin/index.js'
import type { EventSpool } from '../events/event-spool.js'
import type { EventShipper } from '../link/event-shipper.js'
import type { Link } from '../link/link.js'
import { writerMetrics } from './writer-metrics.js'

export interface WatchedParts {
  engine: BuiltinEngine
  events: EventSpool
  /** Of databases that are not the engine's. */
  writers: Writer[]
  shippers: EventShipper[]
  state: ConfigState
  link: Link
}

/** `follow` adds a writer that was opened later. */
export function registerNodeMetrics(registry: Registry, parts: WatchedParts): { follow(writer: Writer): void } {
  const { engine, events, shippers, state, link } = parts
  const value = (name: string, help: string, read: () => number | null): void =>
    sampledGauge(registry, {
      name,
      help,
      sample() {
        const current = read()
        return current === null ? [] : [{ value: current }]
      },
    })
  sampledGauge(registry, {
    name: 'mailfleet_node_connections',
    help: 'Open connections of clients; submission counts as smtp.',
    labelNames: ['protocol'],
    sample: () => engine.load.connections().map(({ protocol, count }) => ({ labels: { protocol }, value: count })),
  })
  value('mailfleet_node_queue_messages', 'Messages in the outbound queue.', () => engine.load.queue?.size() ?? 0)
  value(
    'mailfleet_node_queue_oldest_seconds',
    'How long the oldest message of the queue has been in it, by the time that the node was running; 0 where there is none.',
    () => (engine.load.queue?.oldestMs() ?? 0) / 1_000,
  )
  value(
    'mailfleet_node_queue_attempts',
    'Attempts to send that are under way.',
    () => engine.load.queue?.attempts() ?? 0,
  )
  value(
    'mailfleet_node_tls_certificate_expiry_timestamp_seconds',
    'When the certificate that clients are shown ends.',
    () => {
      const endsAt = engine.load.certificateEndsAt()
      return endsAt === null ? null : endsAt / 1_000
    },
  )
  value(
    'mailfleet_node_healthy',
    'Whether everything that the node promises works; its page names what does not.',
    () => (engine.health().healthy && parts.writers.every(({ problem }) => problem === null) ? 1 : 0),
  )
  value('mailfleet_node_config_revision', 'The revision of the configuration in force.', () => state.revision)
  value('mailfleet_node_link_up', 'Whether the node is connected to a control plane.', () => (link.connected ? 1 : 0))
  sampledGauge(registry, {
    name: 'mailfleet_node_events_unshipped',
    help: 'Mail events that no control plane has confirmed yet.',
    labelNames: ['database'],
    sample: () => shippers.map((shipper) => ({ labels: { database: shipper.database }, value: shipper.waiting() })),
  })
  new Counter({
    name: 'mailfleet_node_events_dropped_total',
    help: 'Refusals and sign-ins that were not written down, since the disk did not keep up.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(events.dropped)
    },
  })
  const follow = writerMetrics(registry)
  ;[events.writer, ...parts.writers].forEach(follow)
  return { follow }
}
