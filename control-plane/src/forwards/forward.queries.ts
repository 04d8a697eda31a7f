/** Reads of forwards, narrowed to what the viewer may see. */
import { normalizeAddress } from '@mailfleet/schema'
import { In } from 'typeorm'
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { addressMatches } from '../domains/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { Forward, forwardColumns, forwardSubject } from './forward.entity.js'
import type { ForwardsArguments } from './forward.types.js'

const upToTenant = { mailbox: { domain: { tenant: true } } }

/** Not yet checked against the viewer. */
const forwardById = defineEntityLoader(Forward, upToTenant)

const forwardByMailbox = defineLoader<AdminContext, string, Forward | null>(async ({ database }, ids) => {
  const found = await database.find(Forward, { where: { mailboxId: In([...ids]) }, relations: upToTenant })
  const byMailbox = new Map(found.map((forward) => [forward.mailboxId, forward]))
  return ids.map((id) => byMailbox.get(id) ?? null)
})

const ifVisible = (context: AdminContext, forward: Forward | null): Forward | null =>
  forward && may(context, 'read', forwardSubject(forward)) ? forward : null

/** Null also where the viewer may not see it. */
export const visibleForward = async (context: AdminContext, id: string): Promise<Forward | null> =>
  ifVisible(context, isId(id) ? await forwardById(context).load(id.toLowerCase()) : null)

export const visibleForwardOf = async (context: AdminContext, mailboxId: string): Promise<Forward | null> =>
  ifVisible(context, await forwardByMailbox(context).load(mailboxId))

export async function listForwards(
  context: AdminContext,
  request: ForwardsArguments,
): Promise<ConnectionValue<Forward>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'Forward', forwardColumns, 'domain.tenant_id', parameters),
  ]
  if (isGiven(filter?.domainId)) conditions.push(idCondition('mailbox.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.mailboxId)) conditions.push(idCondition('forward.mailbox_id', filter.mailboxId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.status)) conditions.push(`forward.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const address = addressMatches('mailbox', filter.search, parameters)
    // A whole address also finds the forwards that lead to it.
    const target = normalizeAddress(filter.search.trim())
    const leadsTo = target ? ` OR forward.targets @> ${parameters.bind([target], 'text[]')}` : ''
    conditions.push(address + leadsTo)
  }
  const page = await readPage(context.database, request, {
    from: `forward JOIN mailbox ON mailbox.id = forward.mailbox_id
      JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'forward.id',
    conditions,
    parameters,
    order: {
      name: 'forward.createdAt',
      sql: 'forward.created_at',
      type: 'timestamptz',
      direction: orderBy?.direction ?? 'ASC',
    },
  })
  return connectionFrom(page, await loadAll(forwardById(context), page.ids))
}
