/**
 * What stops a rollout, node by node, against the same node's own past: a busy node that defers a tenth of its mail on every day is
 * not ill, and one that never did and now does is.
 */
import type { RolloutStrategySettings } from '../staging/index.js'

export interface Counts {
  attempts: number
  deferred: number
  offered: number
  refused: number
  signIns: number
  failedSignIns: number
}

export interface NodeObservation {
  mailNodeId: string
  baseline: Counts
  /** Since the node's wave was opened. */
  window: Counts
  /** New connections since then. */
  reconnects: number
  wasOnline: boolean
  wasHealthy: boolean
  healthy: boolean | null
  /** For how long it has not been seen, in seconds; 0 while it is connected. */
  goneSeconds: number
  /** Why it refused the resource; null: it did not. */
  refusal: string | null
}

export const gateNames = [
  'REFUSED_CONFIG',
  'OFFLINE',
  'UNHEALTHY',
  'RECONNECTS',
  'DEFERRED',
  'REFUSED',
  'AUTH_FAILED',
] as const
export type GateName = (typeof gateNames)[number]

export interface GateReading {
  gate: GateName
  mailNodeId: string
  /** A share of 0 to 1, or a count. */
  value: number
  baseline: number | null
  /** Above it the gate is shut. */
  limit: number
  sample: number
  shut: boolean
  detail: string | null
}

/** A node that is on its way back from a blip of the network is not gone. */
const goneAfterSeconds = 60

const rates = [
  { gate: 'DEFERRED', hits: 'deferred', of: 'attempts', limit: 'maxDeferIncrease' },
  { gate: 'REFUSED', hits: 'refused', of: 'offered', limit: 'maxRefusalIncrease' },
  { gate: 'AUTH_FAILED', hits: 'failedSignIns', of: 'signIns', limit: 'maxAuthFailureIncrease' },
] as const

const share = (hits: number, all: number): number => (all === 0 ? 0 : hits / all)

export function readGates(strategy: RolloutStrategySettings, node: NodeObservation): GateReading[] {
  const { mailNodeId } = node
  const reading = (gate: GateName, value: number, limit: number, more: Partial<GateReading> = {}): GateReading => {
    const known = { gate, mailNodeId, value, baseline: null, limit, sample: 0, detail: null, ...more }
    return { shut: value > limit, ...known }
  }
  const readings = [
    reading('REFUSED_CONFIG', node.refusal === null ? 0 : 1, 0, { detail: node.refusal }),
    reading('OFFLINE', node.wasOnline ? node.goneSeconds : 0, goneAfterSeconds),
    reading('UNHEALTHY', node.wasHealthy && node.healthy === false ? 1 : 0, 0),
  ]
  if (strategy.maxReconnects !== null) readings.push(reading('RECONNECTS', node.reconnects, strategy.maxReconnects))
  for (const { gate, hits, of, limit } of rates) {
    const increase = strategy[limit]
    if (increase === null) continue
    const sample = node.window[of]
    const value = share(node.window[hits], sample)
    const baseline = share(node.baseline[hits], node.baseline[of])
    const shut = sample >= strategy.minimumSample && value > baseline + increase
    readings.push(reading(gate, value, baseline + increase, { baseline, sample, shut }))
  }
  return readings
}
