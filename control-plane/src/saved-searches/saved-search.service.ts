/**
 * Changes of saved searches. A filter is kept as it was given: it is read anew, as anybody's, whenever somebody searches by it, and
 * what it names then may be gone or never have been theirs to see.
 */
import type { EntityManager } from 'typeorm'
import { authorize, may, requireViewer, type Action, type AdminContext } from '../access/index.js'
import type { MailEventFilter } from '../events/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { storableText } from '../platform/storable-text.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { Tenant } from '../tenants/index.js'
import { SavedSearch, savedSearchSubject } from './saved-search.entity.js'
import type { CreateSavedSearchInput, UpdateSavedSearchInput } from './saved-search.types.js'

const maxName = 100
const maxOwn = 100
const maxFilterBytes = 8_192

const taken = {
  saved_search_name_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['name'] }),
}

/** As plain JSON: dates as text, nothing that is not given. */
function filterAsJson(filter: MailEventFilter): unknown {
  const text = JSON.stringify(filter, (_key, value: unknown) =>
    value === null ? undefined : typeof value === 'string' ? storableText(value) : value,
  )
  if (Buffer.byteLength(text) > maxFilterBytes) throw invalidInput(['filter'], 'This is too long.')
  return JSON.parse(text) as unknown
}

async function requireSavedSearch(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
): Promise<SavedSearch> {
  const search = isId(id) ? await manager.findOne(SavedSearch, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, search && savedSearchSubject(search))
  return search!
}

export async function createSavedSearch(context: AdminContext, input: CreateSavedSearchInput): Promise<string> {
  const { administratorId, tenantId } = requireViewer(context)
  const { isShared } = input
  const id = newId()
  await context.database.transaction(async (manager) => {
    const tenant = await manager.findOneByOrFail(Tenant, { id: tenantId })
    if (!may(context, 'create', savedSearchSubject({ id, administratorId, isShared, tenant })))
      throw new ExpectedError('FORBIDDEN')
    const name = requireText(input.name, ['name'], maxName)
    const filter = filterAsJson(input.filter)
    // Of two that are made at once, the second one counts the first.
    await manager.query('SELECT FROM administrator WHERE id = $1 FOR NO KEY UPDATE', [administratorId])
    if ((await manager.countBy(SavedSearch, { administratorId })) >= maxOwn)
      throw invalidInput([], `One has at most ${maxOwn} saved searches.`, { max: maxOwn })
    await translateConstraints(taken, () =>
      manager.insert(SavedSearch, { id, administratorId, tenantId, name, filter, isShared } as never),
    )
  })
  return id
}

export async function updateSavedSearch(context: AdminContext, input: UpdateSavedSearchInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const search = await requireSavedSearch(context, manager, input.id, 'update')
    const name = withoutNull(input.name, ['name'])
    const filter = withoutNull(input.filter, ['filter'])
    const isShared = withoutNull(input.isShared, ['isShared'])
    // Unshared it is its owner's alone: nobody takes it there but the owner.
    if (isShared !== undefined && !may(context, 'update', savedSearchSubject({ ...search, isShared })))
      throw new ExpectedError('FORBIDDEN')
    await translateConstraints(taken, () =>
      updateVersioned(manager, SavedSearch, input, {
        name: name === undefined ? undefined : requireText(name, ['name'], maxName),
        filter: filter === undefined ? undefined : filterAsJson(filter),
        isShared,
      }),
    )
    return search.id
  })
}

export async function deleteSavedSearch(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const search = await requireSavedSearch(context, manager, input.id, 'delete')
    await deleteVersioned(manager, SavedSearch, input)
    return search.id
  })
}
