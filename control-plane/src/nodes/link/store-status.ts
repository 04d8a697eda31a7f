/** What a node says of itself, bounded and kept in its row. */
import type { DataSource } from 'typeorm'
import { invalidInput } from '../../platform/errors.js'
import { storableText } from '../../platform/storable-text.js'
import type { NodeSession } from './node-session.js'

export interface NodeStatus {
  runningRevision: number
  agentVersion: string
  engine: string
  capabilities: string[]
  healthy: boolean
  problems: string[]
  queuedMessages: number
  openConnections: number
}

const maxListed = 50
const maxProblemLength = 500

/** Whether it differs from what this session said before. */
export async function storeStatus(dataSource: DataSource, session: NodeSession, status: NodeStatus): Promise<boolean> {
  const { agentVersion, engine, capabilities, runningRevision, queuedMessages, openConnections } = status
  const names = [agentVersion, engine, ...capabilities]
  if (names.some((name) => name.length < 1 || name.length > 64) || capabilities.length > maxListed)
    throw invalidInput(['status'], 'Versions, engine and capabilities have 1 to 64 characters each.')
  if ([runningRevision, queuedMessages, openConnections].some((count) => count < 0))
    throw invalidInput(['status'], 'Counts and revisions are not negative.')
  const problems = status.problems
    .slice(0, maxListed)
    .map((problem) => storableText(problem.slice(0, maxProblemLength)))
  await dataSource.query(
    `UPDATE mail_node_link SET running_revision = $3, agent_version = $4, engine = $5, capabilities = $6, healthy = $7,
       problems = $8, queued_messages = $9, open_connections = $10, last_seen_at = now()
     WHERE mail_node_id = $1 AND link_id = $2`,
    [
      session.mailNodeId,
      session.identity.linkId,
      runningRevision,
      storableText(agentVersion),
      storableText(engine),
      capabilities.map(storableText),
      status.healthy,
      problems,
      queuedMessages,
      openConnections,
    ],
  )
  const said = JSON.stringify([status, problems])
  const differs = said !== session.lastStatus
  session.lastStatus = said
  return differs
}
