/** API tokens: everyone has and sees only their own. */
import { authorize, issueTokenSecret, requireViewer, type AdminContext } from '../access/index.js'
import { readPage, type PageOrder } from '../platform/connection.js'
import { invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { requireText } from '../platform/input.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { ApiToken, apiTokenSubject } from './api-token.entity.js'
import type { ApiTokensArguments, CreateApiTokenInput } from './sign-in.types.js'

const newestFirst: PageOrder = {
  name: 'apiToken.createdAt',
  sql: 'api_token.created_at',
  type: 'timestamptz',
  direction: 'DESC',
}

const apiTokenById = defineEntityLoader(ApiToken)

export async function listApiTokens(
  context: AdminContext,
  request: ApiTokensArguments,
): Promise<ConnectionValue<ApiToken>> {
  const parameters = new SqlParameters()
  const own = `api_token.administrator_id = ${parameters.bind(requireViewer(context).administratorId, 'uuid')}`
  const page = await readPage(context.database, request, {
    from: 'api_token',
    id: 'api_token.id',
    conditions: [own],
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(apiTokenById(context), page.ids))
}

export async function createApiToken(context: AdminContext, input: CreateApiTokenInput) {
  const name = requireText(input.name, ['name'], 200)
  const expiresAt = input.expiresAt ?? null
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalidInput(['expiresAt'], 'This must be in the future.')
  const { id, secret, hash } = issueTokenSecret()
  const { administratorId } = requireViewer(context)
  await context.database.transaction((manager) =>
    manager.insert(ApiToken, { id, administratorId, name, tokenHash: hash, expiresAt }),
  )
  return { apiToken: (await apiTokenById(context).load(id))!, secret }
}

export async function deleteApiToken(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { administratorId } = requireViewer(context)
    const token = isId(id) ? await manager.findOneBy(ApiToken, { id, administratorId }) : null
    authorize(context, 'delete', token && apiTokenSubject(token))
    await manager.delete(ApiToken, { id: token!.id })
    return token!.id
  })
}
