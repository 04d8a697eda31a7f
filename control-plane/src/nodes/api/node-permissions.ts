/** Who may call a field of the node API; each carries one of these, or the schema is not built. The node's ability decides. */
import { subject } from '@casl/ability'
import { ExpectedError } from '../../platform/errors.js'
import { declarePermission, type Guard } from '../../platform/graphql/guarded-fields.js'
import type { NodeSession } from '../link/node-session.js'
import type { NodeContext } from './node-context.js'

type NodePermission =
  'anyone' | { action: string; subject: 'ConfigStream' | 'NodeStatus' | 'MailEvent' | 'AuditCheckpoint' }

export const Anyone = (): MethodDecorator => declarePermission('anyone')

/** On what is the node's own; whether an event is one of its own is asked for each event. */
export const NodeMay = (action: string, name: Exclude<NodePermission, 'anyone'>['subject']): MethodDecorator =>
  declarePermission({ action, subject: name })

export const nodeGuard: Guard<NodeContext> = (declared, context) => {
  const permission = declared as NodePermission
  if (permission === 'anyone') return
  const { ability, mailNodeId } = requireSession(context)
  const own = subject(permission.subject, { mailNodeId, servedBy: [mailNodeId] })
  if (!ability.can(permission.action, own)) throw new ExpectedError('FORBIDDEN')
}

export function requireSession({ session }: NodeContext): NodeSession {
  if (!session) throw new ExpectedError('UNAUTHENTICATED')
  return session
}
