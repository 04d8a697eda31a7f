/** What the operations of the node API work with. */
import type { DataSource } from 'typeorm'
import type { Announcer, LogFollower } from '../../changes/index.js'
import type { NodeSession } from '../link/node-session.js'
import type { NodeMetrics } from '../node.metrics.js'
import type { OpenSealed } from '../stream/sealed-keys.js'

export interface EventBatchInput {
  stream: string
  firstSequence: number
  events: string
}

export interface NodeServices {
  dataSource: DataSource
  follower: LogFollower
  openSealed: OpenSealed
  /** Of node ids: something that people look at has changed. */
  nodeAnnouncer: Announcer
  metrics: NodeMetrics
  ingestEvents(session: NodeSession, batch: EventBatchInput): Promise<{ highWater: number }>
}

export interface NodeContext {
  services: NodeServices
  /** Null over HTTP, where nobody has proved who they are. */
  session: NodeSession | null
}
