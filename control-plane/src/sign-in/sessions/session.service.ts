/** Sessions, listed and ended: one's own, and by rule those of others. A socket of an ended session is closed within seconds. */
import { accessibleByTenant, authorize, requireViewer, type AdminContext } from '../../access/index.js'
import { pageShape, readPage, type PageOrder } from '../../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../../platform/graphql/connection-types.js'
import { isId } from '../../platform/ids.js'
import { isGiven } from '../../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../../platform/loader.js'
import { SqlParameters } from '../../platform/sql-parameters.js'
import { requireConfirmed } from '../two-factor/confirmation.js'
import { Session, sessionColumns, sessionSubject } from './session.entity.js'
import type { SessionsArguments } from './session.types.js'

const sessionById = defineEntityLoader(Session, { administrator: { tenant: true } })

const newestFirst: PageOrder = {
  name: 'session.createdAt',
  sql: 'session.created_at',
  type: 'timestamptz',
  direction: 'DESC',
}

export async function listSessions(
  context: AdminContext,
  request: SessionsArguments,
): Promise<ConnectionValue<Session>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'Session', sessionColumns, 'administrator.tenant_id', parameters),
    'session.expires_at > now()',
  ]
  // Absent: one's own.
  const given = request.filter?.administratorId
  const owner = isGiven(given) ? given : requireViewer(context).administratorId
  conditions.push(isId(owner) ? `session.administrator_id = ${parameters.bind(owner, 'uuid')}` : 'false')
  const page = await readPage(context.database, request, {
    from: `session JOIN administrator ON administrator.id = session.administrator_id
      JOIN tenant ON tenant.id = administrator.tenant_id`,
    id: 'session.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(sessionById(context), page.ids))
}

export async function endSession(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const session = isId(id)
      ? await manager.findOne(Session, { where: { id }, relations: { administrator: { tenant: true } } })
      : null
    authorize(context, 'delete', session && sessionSubject(session))
    await manager.delete(Session, { id: session!.id })
    return session!.id
  })
}

export async function endOtherSessions(context: AdminContext): Promise<void> {
  const { administratorId, sessionId } = requireConfirmed(context)
  await context.database.query('DELETE FROM session WHERE administrator_id = $1 AND id <> $2', [
    administratorId,
    sessionId,
  ])
}
