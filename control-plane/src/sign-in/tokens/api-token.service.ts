/**
 * API tokens: one's own, and by rule those of others, to be seen and ended.
 *
 * A token is made in a session only. One that could make tokens would outlive its own end, and reach beyond its rules and ranges.
 */
import type { GraphQLSchema } from 'graphql'
import type { EntityManager } from 'typeorm'
import {
  accessibleByTenant,
  authorize,
  intersect,
  issueTokenSecret,
  requireViewer,
  rulesFrom,
  type AdminContext,
  type RuleTemplate,
} from '../../access/index.js'
import { pageShape, readPage, type PageOrder } from '../../platform/connection.js'
import { ExpectedError, invalidInput } from '../../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../../platform/graphql/connection-types.js'
import { normalRange } from '../../platform/http/ip-ranges.js'
import { isId } from '../../platform/ids.js'
import { requireText } from '../../platform/input.js'
import { isGiven } from '../../platform/is-given.js'
import { defineEntityLoader, forgetLoaded, loadAll } from '../../platform/loader.js'
import { SqlParameters } from '../../platform/sql-parameters.js'
import { templatesOf } from '../../roles/index.js'
import { requireTenant, type Tenant } from '../../tenants/index.js'
import { ApiToken, apiTokenColumns, apiTokenSubject } from './api-token.entity.js'
import type { ApiTokensArguments, CreateApiTokenInput } from './api-token.types.js'

const maxRanges = 50

const newestFirst: PageOrder = {
  name: 'apiToken.createdAt',
  sql: 'api_token.created_at',
  type: 'timestamptz',
  direction: 'DESC',
}

const relations = { administrator: { tenant: true }, tenant: true } as const
const apiTokenById = defineEntityLoader(ApiToken, relations)

export async function listApiTokens(
  context: AdminContext,
  request: ApiTokensArguments,
): Promise<ConnectionValue<ApiToken>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const given = request.filter?.administratorId
  const owner = isGiven(given) ? given : requireViewer(context).administratorId
  const page = await readPage(context.database, request, {
    from: `api_token JOIN administrator ON administrator.id = api_token.administrator_id
      JOIN tenant ON tenant.id = administrator.tenant_id`,
    id: 'api_token.id',
    conditions: [
      await accessibleByTenant(context, 'read', 'ApiToken', apiTokenColumns, 'administrator.tenant_id', parameters),
      isId(owner) ? `api_token.administrator_id = ${parameters.bind(owner, 'uuid')}` : 'false',
    ],
    parameters,
    order: newestFirst,
  })
  return connectionFrom(page, await loadAll(apiTokenById(context), page.ids))
}

export async function createApiToken(context: AdminContext, schema: GraphQLSchema, input: CreateApiTokenInput) {
  const { administratorId, tenantId: ownTenantId, credential } = requireViewer(context)
  if (credential.kind !== 'session') {
    throw new ExpectedError('FORBIDDEN', { message: 'A token makes no tokens: sign in.' })
  }
  const name = requireText(input.name, ['name'], 200)
  const expiresAt = input.expiresAt ?? null
  if (expiresAt && expiresAt.getTime() <= Date.now()) throw invalidInput(['expiresAt'], 'This must be in the future.')
  const ipRanges = rangesOf(input.ipRanges ?? [])
  const { id, secret, hash } = issueTokenSecret()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId ?? ownTenantId, 'read', ['tenantId'])
    const rules = isGiven(input.rules) ? await rulesOf(context, manager, schema, tenant, input.rules) : null
    // Without either it goes where its administrator goes.
    const tenantId = isGiven(input.tenantId) || rules ? tenant.id : null
    const row = { id, administratorId, name, tokenHash: hash, rules, tenantId, ipRanges, expiresAt }
    await manager.insert(ApiToken, row as never)
  })
  forgetLoaded(context)
  return { apiToken: await apiTokenById(context).load(id), secret }
}

/** What the maker has not would be no right of the token either: it is refused, so that nobody counts on it. */
async function rulesOf(
  context: AdminContext,
  manager: EntityManager,
  schema: GraphQLSchema,
  tenant: Tenant,
  given: NonNullable<CreateApiTokenInput['rules']>,
): Promise<RuleTemplate[]> {
  const templates = await templatesOf(manager, schema, tenant, given)
  const { administratorId, tenantPath: administratorPath, rules: own } = requireViewer(context)
  const target = { tenantPath: tenant.path, administratorId, administratorPath }
  for (const template of templates.filter(({ effect }) => effect === 'ALLOW')) {
    for (const subject of template.subjects) {
      for (const action of template.actions) {
        const asked = rulesFrom({ ...template, subjects: [subject], actions: [action] }, target, { kind: 'TOKEN' })
        if (intersect(own, asked).some(({ effect }) => effect === 'ALLOW')) continue
        const message = 'You have no such right to give.'
        throw new ExpectedError('FORBIDDEN', { message, path: ['rules'], params: { subject, action } })
      }
    }
  }
  return templates
}

function rangesOf(given: readonly string[]): string[] {
  if (given.length > maxRanges) throw invalidInput(['ipRanges'], `At most ${maxRanges} ranges.`, { max: maxRanges })
  const ranges = given.map((text, index) => {
    const range = normalRange(text)
    if (range === null) throw invalidInput(['ipRanges', String(index)], 'Neither an address nor a range of addresses.')
    return range
  })
  return [...new Set(ranges)]
}

export async function deleteApiToken(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const token = isId(id)
      ? await manager.findOne(ApiToken, { where: { id }, relations: { administrator: { tenant: true } } })
      : null
    authorize(context, 'delete', token && apiTokenSubject(token))
    await manager.delete(ApiToken, { id: token!.id })
    return token!.id
  })
}
