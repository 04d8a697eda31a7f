/** The fleet as this replica sees it: its links and streams, what nodes acknowledge, and how many of them are there. */
import { sampledGauge } from '@mailfleet/telemetry'
import { Counter, Histogram, type Registry } from 'prom-client'
import type { DataSource } from 'typeorm'
import { offlineAfterMs, type LiveLinks } from './link/live-links.js'
import type { ConfigResult } from './stream/acknowledge.js'
import type { SentFrame } from './stream/unacknowledged.js'

export interface NodeMetrics {
  acknowledged(frame: SentFrame, results: readonly Pick<ConfigResult, 'status'>[]): void
}

export function nodeMetrics(registry: Registry): NodeMetrics {
  const frames = new Histogram({
    name: 'mailfleet_config_ack_duration_seconds',
    help: 'From a frame of configuration sent to its acknowledgement by the node, which has it durable and in force.',
    labelNames: ['frame'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers: [registry],
  })
  const rejected = new Counter({
    name: 'mailfleet_config_rejected_total',
    help: 'Resources that nodes refused.',
    registers: [registry],
  })
  return {
    acknowledged({ versions, sentAt }, results) {
      frames.observe({ frame: versions ? 'delta' : 'snapshot' }, (Date.now() - sentAt.getTime()) / 1_000)
      rejected.inc(results.filter(({ status }) => status === 'REJECTED').length)
    },
  }
}

export function registerFleetMetrics(registry: Registry, dataSource: DataSource, links: LiveLinks): void {
  sampledGauge(registry, {
    name: 'mailfleet_config_streams',
    help: 'Links of nodes on this replica. `idle`: no stream yet; `current`: all that was sent is acknowledged; `waiting`: it is not.',
    labelNames: ['state'],
    sample() {
      const count = { idle: 0, current: 0, waiting: 0 }
      for (const { stream } of links.open) count[stream ? (stream.size === 0 ? 'current' : 'waiting') : 'idle']++
      return Object.entries(count).map(([state, value]) => ({ labels: { state }, value }))
    },
  })
  sampledGauge(registry, {
    name: 'mailfleet_config_oldest_unacknowledged_seconds',
    help: 'How long the slowest node of this replica has owed an acknowledgement.',
    sample() {
      const sent = [...links.open].map(({ stream }) => stream?.oldest?.getTime() ?? Infinity)
      return [{ value: Math.max(0, Date.now() - Math.min(...sent)) / 1_000 }]
    },
  })
  sampledGauge(registry, {
    name: 'mailfleet_nodes',
    help: 'Mail nodes of the whole installation, the same on every replica.',
    labelNames: ['state'],
    async sample() {
      const [row] = await dataSource.query(
        `SELECT count(*) FILTER (WHERE node.status <> 'ACTIVE')::int AS suspended,
           count(*) FILTER (WHERE node.status = 'ACTIVE' AND here AND link.healthy IS NOT FALSE)::int AS online,
           count(*) FILTER (WHERE node.status = 'ACTIVE' AND here AND link.healthy IS FALSE)::int AS unhealthy,
           count(*) FILTER (WHERE node.status = 'ACTIVE' AND here IS NOT TRUE)::int AS offline
         FROM mail_node AS node LEFT JOIN mail_node_link AS link ON link.mail_node_id = node.id
         CROSS JOIN LATERAL (
           SELECT link.link_id IS NOT NULL AND link.last_seen_at > now() - make_interval(secs => $1) AS here) AS seen`,
        [offlineAfterMs / 1_000],
      )
      return Object.entries(row as Record<string, number>).map(([state, value]) => ({ labels: { state }, value }))
    },
  })
}
