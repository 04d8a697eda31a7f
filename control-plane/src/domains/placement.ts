/** On which mail node a domain is placed. */
import type { EntityManager } from 'typeorm'
import { may, permissionSubject, type AdminContext } from '../access/index.js'
import { ExpectedError, notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { beyondReach } from '../platform/database-scope.js'

/** The node asked for, which the caller must see and which must be active; or one that is chosen. */
export async function placeOn(context: AdminContext, manager: EntityManager, wanted: string | null): Promise<string> {
  if (wanted === null) return chooseNode(manager)
  const path = ['mailNodeId']
  const [node] = isId(wanted) ? await manager.query('SELECT id, status FROM mail_node WHERE id = $1', [wanted]) : []
  if (!node || !may(context, 'read', permissionSubject('MailNode', { id: node.id }))) throw notFound(path)
  if (node.status !== 'ACTIVE') throw new ExpectedError('NO_NODE', { path, message: 'This mail node is not active.' })
  return node.id
}

/** The active node with the fewest domains; one that is not enrolled yet only where no other is. */
async function chooseNode(manager: EntityManager): Promise<string> {
  const [node] = await beyondReach(manager, () =>
    manager.query(
      `SELECT id FROM mail_node WHERE status = 'ACTIVE'
     ORDER BY enrolled_at IS NULL, (SELECT count(*) FROM domain WHERE domain.mail_node_id = mail_node.id), id
     LIMIT 1`,
    ),
  )
  if (!node) throw new ExpectedError('NO_NODE')
  return node.id
}
