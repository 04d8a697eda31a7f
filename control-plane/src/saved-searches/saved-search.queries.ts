/** Reads of saved searches, narrowed to one's own and those that are shared where one may read. */
import { accessible, may, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { defineEntityLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { SavedSearch, savedSearchColumns, savedSearchSubject } from './saved-search.entity.js'
import type { SavedSearchesArguments } from './saved-search.types.js'

const savedSearchById = defineEntityLoader(SavedSearch, { tenant: true })

/** Null also where the viewer may not see it. */
export async function visibleSavedSearch(context: AdminContext, id: string): Promise<SavedSearch | null> {
  const search = isId(id) ? await savedSearchById(context).load(id.toLowerCase()) : null
  return search && may(context, 'read', savedSearchSubject(search)) ? search : null
}

export async function listSavedSearches(
  context: AdminContext,
  request: SavedSearchesArguments,
): Promise<ConnectionValue<SavedSearch>> {
  pageShape(request)
  const parameters = new SqlParameters()
  // Whoever may read everything does not want to read everybody's.
  const own = `saved_search.administrator_id = ${parameters.bind(context.viewer?.administratorId ?? null, 'uuid')}`
  const page = await readPage(context.database, request, {
    from: 'saved_search JOIN tenant ON tenant.id = saved_search.tenant_id',
    id: 'saved_search.id',
    conditions: [
      accessible(context, 'read', 'SavedSearch', savedSearchColumns, parameters),
      `saved_search.is_shared OR ${own}`,
    ],
    parameters,
    order: { name: 'savedSearch.createdAt', sql: 'saved_search.created_at', type: 'timestamptz', direction: 'DESC' },
  })
  return connectionFrom(page, await loadAll(savedSearchById(context), page.ids))
}
