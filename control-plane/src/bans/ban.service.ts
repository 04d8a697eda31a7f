/** Bans that hold, listed and lifted. */
import { isIP } from 'node:net'
import { clientNetwork } from '@mailfleet/schema'
import { accessible, authorize, may, type AdminContext } from '../access/index.js'
import { recordForAllNodes } from '../changes/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { Ban, banColumns, banSubject } from './ban.entity.js'
import type { BansArguments } from './ban.types.js'

const banById = defineEntityLoader(Ban)

const newestFirst: PageOrder = {
  name: 'ban.createdAt',
  sql: 'ban.created_at',
  type: 'timestamptz',
  direction: 'DESC',
}

/** Null also where the viewer may not see it. */
export async function visibleBan(context: AdminContext, id: string): Promise<Ban | null> {
  const ban = isId(id) ? await banById(context).load(id.toLowerCase()) : null
  return ban && may(context, 'read', banSubject(ban)) ? ban : null
}

export async function listBans(context: AdminContext, request: BansArguments): Promise<ConnectionValue<Ban>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const conditions = [accessible(context, 'read', 'Ban', banColumns, parameters), 'ban.until > now()']
  const address = request.filter?.address
  if (isGiven(address)) {
    if (isIP(address) === 0) throw invalidInput(['filter', 'address'], 'This is no IP address.')
    conditions.push(`ban.network = ${parameters.bind(clientNetwork(address), 'text')}`)
  }
  const page = await readPage(context.database, request, {
    from: 'ban',
    id: 'ban.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(banById(context), page.ids))
}

/** Its network begins anew, as if it had never failed. */
export async function liftBan(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const ban = isId(id) ? await manager.findOneBy(Ban, { id }) : null
    authorize(context, 'delete', ban && banSubject(ban))
    // In the order in which sign-ins are counted: first the counter, then the ban.
    await manager.query(
      'UPDATE sign_in_network SET failures = 0, strikes = 0, banned_until = NULL WHERE network = $1',
      [ban!.network],
    )
    await manager.delete(Ban, { id: ban!.id })
    await recordForAllNodes(manager, 'Ban', [ban!.id])
    return ban!.id
  })
}
