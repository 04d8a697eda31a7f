/** What the operations of the node API work with. */
import { subject } from '@casl/ability'
import type { ErrorCode } from '@mailfleet/schema'
import { errorCodes } from '@mailfleet/schema'
import { GraphQLError } from 'graphql'
import type { DataSource } from 'typeorm'
import type { Announcer } from '../../changes/announcer.js'
import type { LogFollower } from '../../changes/index.js'
import type { NodeSession } from '../link/node-session.js'

export interface EventBatchInput {
  stream: string
  firstSequence: number
  events: string
}

export interface NodeServices {
  dataSource: DataSource
  follower: LogFollower
  /** Of node ids: something that people look at has changed. */
  nodeAnnouncer: Announcer
  ingestEvents(session: NodeSession, batch: EventBatchInput): Promise<{ highWater: number }>
}

export interface NodeContext {
  services: NodeServices
  /** Null over HTTP, where nobody has proved who they are. */
  session: NodeSession | null
}

export const nodeError = (code: ErrorCode, message: string = errorCodes[code]): GraphQLError =>
  new GraphQLError(message, { extensions: { code } })

/** The session, if its node may do this to its own `type`. */
export function permitted(context: NodeContext, action: string, type: 'ConfigStream' | 'NodeStatus'): NodeSession {
  const { session } = context
  if (!session) throw nodeError('UNAUTHENTICATED')
  if (!session.ability.can(action, subject(type, { mailNodeId: session.mailNodeId }))) throw nodeError('FORBIDDEN')
  return session
}
