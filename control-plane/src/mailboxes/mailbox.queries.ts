/** Reads of mailboxes, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { addressMatches, effectiveStatusOfDomain } from '../domains/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import type { Status } from '../platform/graphql/enums.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { Mailbox, mailboxColumns, mailboxSubject } from './mailbox.entity.js'
import type { MailboxesArguments, MailboxOrder } from './mailbox.types.js'

/** Not yet checked against the viewer. */
const mailboxById = defineEntityLoader(Mailbox, { domain: { tenant: true } })

/** Null also where the viewer may not see it. */
export async function visibleMailbox(context: AdminContext, id: string): Promise<Mailbox | null> {
  const mailbox = isId(id) ? await mailboxById(context).load(id.toLowerCase()) : null
  return mailbox && may(context, 'read', mailboxSubject(mailbox)) ? mailbox : null
}

export async function effectiveStatusOfMailbox(context: AdminContext, mailbox: Mailbox): Promise<Status> {
  return mailbox.status === 'SUSPENDED' ? 'SUSPENDED' : effectiveStatusOfDomain(context, mailbox.domain)
}

const orders: Record<MailboxOrder['field'], Omit<PageOrder, 'direction'>> = {
  ADDRESS: { name: 'mailbox.address', sql: 'mailbox.address', type: 'text' },
  NAME: { name: 'mailbox.name', sql: 'lower(mailbox.name)', type: 'text' },
  CREATED_AT: { name: 'mailbox.createdAt', sql: 'mailbox.created_at', type: 'timestamptz' },
}

export async function listMailboxes(
  context: AdminContext,
  request: MailboxesArguments,
): Promise<ConnectionValue<Mailbox>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'Mailbox', mailboxColumns, 'domain.tenant_id', parameters),
  ]
  conditions.push(
    // Those of a deleted domain come back with it, and are found where one asks for that domain.
    filter?.deleted
      ? 'mailbox.deleted_at IS NOT NULL'
      : `mailbox.deleted_at IS NULL ${isGiven(filter?.domainId) ? '' : 'AND domain.deleted_at IS NULL'}`,
  )
  if (isGiven(filter?.domainId)) conditions.push(idCondition('mailbox.domain_id', filter.domainId, parameters))
  if (isGiven(filter?.tenantId)) conditions.push(idCondition('domain.tenant_id', filter.tenantId, parameters))
  if (isGiven(filter?.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  }
  if (isGiven(filter?.status)) conditions.push(`mailbox.status = ${parameters.bind(filter.status, 'text')}`)
  if (filter?.search) {
    const address = addressMatches('mailbox', filter.search, parameters)
    conditions.push(`${address} OR lower(mailbox.name) LIKE ${parameters.bind(containing(filter.search), 'text')}`)
  }
  const page = await readPage(context.database, request, {
    from: `mailbox JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'mailbox.id',
    conditions,
    parameters,
    order: { ...orders[orderBy?.field ?? 'ADDRESS'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(mailboxById(context), page.ids))
}
