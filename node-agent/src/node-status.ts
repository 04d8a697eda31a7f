/** What the node says of itself: the engine's health, and that of the parts around it. */
import type { Engine } from '@mailfleet/schema'
import type { ConfigState } from './config/config-state.js'
import type { Writer } from './durable/writer.js'
import type { EventSpool } from './events/event-spool.js'
import type { EventShipper } from './link/event-shipper.js'
import type { NodeStatus } from './link/protocol.js'

/** A stream that holds more events than this is worth somebody's look: the disk is their only bound. */
const manyEvents = 100_000
const maxProblems = 50

export function readNodeStatus(parts: {
  engine: Engine
  events: EventSpool
  /** Of databases that are not the engine's. */
  writers: Writer[]
  shippers: EventShipper[]
  state: ConfigState
  agentVersion: string
}): NodeStatus {
  const { engine, events, writers, shippers, state, agentVersion } = parts
  const health = engine.health()
  const problems = [...health.problems, ...writers.flatMap(({ problem }) => problem ?? [])]
  if (events.dropped > 0) problems.push(`${events.dropped} refusals and sign-ins were not logged since the start`)
  for (const shipper of shippers) {
    const waiting = shipper.waiting()
    if (waiting > manyEvents) problems.push(`${waiting} mail events of ${shipper.stream} wait to be shipped`)
    const stuck = shipper.stuck()
    if (stuck !== null) problems.push(stuck)
  }
  const { engine: name, capabilities } = engine.manifest
  return {
    runningRevision: state.revision ?? 0,
    agentVersion,
    engine: name,
    capabilities,
    healthy: health.healthy && problems.length === 0,
    problems: problems.slice(0, maxProblems).map((problem) => problem.slice(0, 500)),
    queuedMessages: health.queuedMessages,
    openConnections: health.openConnections,
  }
}
