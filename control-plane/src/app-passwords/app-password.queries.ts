/** Reads of app passwords, narrowed to what the viewer may see. */
import { accessibleByTenant, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition } from '../tenants/index.js'
import { AppPassword, appPasswordColumns, appPasswordSubject } from './app-password.entity.js'
import type { AppPasswordsArguments } from './app-password.types.js'

/** Not yet checked against the viewer. */
const appPasswordById = defineEntityLoader(AppPassword, { mailbox: { domain: { tenant: true } } })

/** Null also where the viewer may not see it. */
export async function visibleAppPassword(context: AdminContext, id: string): Promise<AppPassword | null> {
  const password = isId(id) ? await appPasswordById(context).load(id.toLowerCase()) : null
  return password && may(context, 'read', appPasswordSubject(password)) ? password : null
}

const newestFirst: PageOrder = {
  name: 'appPassword.createdAt',
  sql: 'app_password.created_at',
  type: 'timestamptz',
  direction: 'DESC',
}

export async function listAppPasswords(
  context: AdminContext,
  request: AppPasswordsArguments,
): Promise<ConnectionValue<AppPassword>> {
  pageShape(request)
  const { filter } = request
  const parameters = new SqlParameters()
  const conditions = [
    await accessibleByTenant(context, 'read', 'AppPassword', appPasswordColumns, 'domain.tenant_id', parameters),
  ]
  if (isGiven(filter?.mailboxId)) conditions.push(idCondition('app_password.mailbox_id', filter.mailboxId, parameters))
  const page = await readPage(context.database, request, {
    from: `app_password JOIN mailbox ON mailbox.id = app_password.mailbox_id
      JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id`,
    id: 'app_password.id',
    conditions,
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(appPasswordById(context), page.ids))
}
