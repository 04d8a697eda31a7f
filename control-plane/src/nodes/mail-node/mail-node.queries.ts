/** Reads of nodes, narrowed to what the viewer may see. */
import { accessible, may, type AdminContext } from '../../access/index.js'
import { pageShape, readPage, type PageOrder } from '../../platform/connection.js'
import { isGiven } from '../../platform/is-given.js'
import { connectionFrom, type ConnectionValue } from '../../platform/graphql/connection-types.js'
import { isId } from '../../platform/ids.js'
import { loadAll } from '../../platform/loader.js'
import { containing, SqlParameters } from '../../platform/sql-parameters.js'
import { mailNodeColumns, mailNodeSubject, type MailNode } from './mail-node.entity.js'
import { mailNodeById } from './mail-node.loaders.js'
import { stateOfLink } from './mail-node.state.js'
import type { MailNodeOrder, MailNodesArguments } from './mail-node.types.js'

/** Null also where the viewer may not see it. */
export async function visibleMailNode(context: AdminContext, id: string | null): Promise<MailNode | null> {
  const node = id !== null && isId(id) ? await mailNodeById(context).load(id.toLowerCase()) : null
  return node && may(context, 'read', mailNodeSubject(node)) ? node : null
}

const orders: Record<MailNodeOrder['field'], Omit<PageOrder, 'direction'>> = {
  NAME: { name: 'mailNode.name', sql: 'lower(mail_node.name)', type: 'text' },
  CREATED_AT: { name: 'mailNode.createdAt', sql: 'mail_node.created_at', type: 'timestamptz' },
}

export async function listMailNodes(
  context: AdminContext,
  request: MailNodesArguments,
): Promise<ConnectionValue<MailNode>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'MailNode', mailNodeColumns, parameters)]
  if (isGiven(filter?.status)) conditions.push(`mail_node.status = ${parameters.bind(filter.status, 'text')}`)
  if (isGiven(filter?.state)) conditions.push(`${stateOfLink} = ${parameters.bind(filter.state, 'text')}`)
  if (filter?.search) {
    const wanted = parameters.bind(containing(filter.search), 'text')
    conditions.push(`lower(mail_node.name) LIKE ${wanted} OR mail_node.host_name LIKE ${wanted}`)
  }
  const page = await readPage(context.database, request, {
    from: 'mail_node LEFT JOIN mail_node_link AS link ON link.mail_node_id = mail_node.id',
    id: 'mail_node.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'NAME'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(mailNodeById(context), page.ids))
}
