/** Jobs out of what mutations say: a list of new objects, or a change of many that there are. */
import { requireViewer, type AdminContext, type PermissionSubject } from '../access/index.js'
import { createJob, insertRows, requireJobTenant, type NewRow, type RowInput, type RowToInsert } from '../jobs/index.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { isGiven } from '../platform/is-given.js'
import type { Tenant } from '../tenants/index.js'
import { mailOperations } from './row-operations.js'

const maxRows = 1_000
/** What one filter may select: more is for several jobs, with filters of their own. */
const maxSelected = 100_000
const pageSize = 200

export interface BulkScope {
  tenantId: string
  dryRun?: boolean
}

/** Each a row as a file would have it; one that cannot be read is refused with its place in the list, and nothing is begun. */
export function startBulkCreate(
  context: AdminContext,
  { tenantId, dryRun }: BulkScope,
  operation: string,
  inputs: readonly object[],
): Promise<string> {
  return start(context, { tenantId, dryRun }, async () => {
    if (inputs.length < 1 || inputs.length > maxRows) {
      throw invalidInput(['rows'], `There must be 1 to ${maxRows} rows.`, { min: 1, max: maxRows })
    }
    return inputs.map((input, index) => ({ operation, ...readRow(operation, input as RowInput, index) }))
  })
}

function readRow(operation: string, input: RowInput, index: number): NewRow {
  try {
    return mailOperations[operation]!.read!(input)
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error
    const path = ['rows', String(index), ...(error.inputPath ?? [])]
    throw new ExpectedError(error.code, { message: error.message, path })
  }
}

export interface Selection {
  ids?: string[] | null
  filter?: object | null
}

export interface Selectable<T> {
  list(context: AdminContext, request: object): Promise<ConnectionValue<T>>
  find(context: AdminContext, id: string): Promise<T | null>
  tenantOf(object: T): Tenant
  /** The field that people call it by. */
  name: keyof T & string
  subjectOf(object: T): PermissionSubject
}

export interface BulkChange {
  operation: string
  input: RowInput
}

export function startBulkChange<T extends { id: string }>(
  context: AdminContext,
  scope: BulkScope,
  selection: Selection,
  objects: Selectable<T>,
  changes: readonly BulkChange[],
): Promise<string> {
  return start(context, scope, async (tenant) => {
    if (changes.length === 0) throw invalidInput([], 'Say what shall change.')
    if (isGiven(selection.ids) === isGiven(selection.filter)) {
      throw invalidInput(['ids'], 'Give either `ids` or `filter`.')
    }
    const selected = await select(context, tenant, selection, objects)
    return selected.flatMap(({ id, key }) =>
      changes.map(({ operation, input }) => ({ operation, key, input: { ...input, id } })),
    )
  })
}

async function select<T extends { id: string }>(
  context: AdminContext,
  tenant: Tenant,
  { ids, filter }: Selection,
  { list, find, tenantOf, name, subjectOf }: Selectable<T>,
): Promise<{ id: string; key: string }[]> {
  const { ability } = requireViewer(context)
  const nameOf = (object: T): string =>
    ability.can('read', subjectOf(object), name) ? String(object[name]) : object.id
  const isWithin = (object: T): boolean => `${tenantOf(object).path}.`.startsWith(`${tenant.path}.`)
  if (isGiven(ids)) {
    if (ids.length < 1 || ids.length > maxRows) {
      throw invalidInput(['ids'], `There must be 1 to ${maxRows} ids.`, { min: 1, max: maxRows })
    }
    const distinct = [...new Set(ids.map((id) => id.toLowerCase()))]
    const found = await Promise.all(distinct.map((id) => find(context, id)))
    // What is not there becomes a row all the same, which says so.
    return distinct.map((id, index) => {
      const object = found[index]
      return { id, key: object && isWithin(object) ? nameOf(object) : id }
    })
  }
  const selected: { id: string; key: string }[] = []
  const within = { withinId: tenant.id, ...filter }
  for (let after: string | null = null; ;) {
    const page = await list(context, { first: pageSize, after, filter: within })
    for (const object of page.nodes) {
      if (isWithin(object)) selected.push({ id: object.id, key: nameOf(object) })
    }
    if (selected.length > maxSelected) {
      throw invalidInput(['filter'], `This selects more than ${maxSelected} objects.`, { max: maxSelected })
    }
    if (!page.pageInfo.hasNextPage) return selected
    after = page.pageInfo.endCursor
  }
}

async function start(
  context: AdminContext,
  { tenantId, dryRun = false }: BulkScope,
  rowsFor: (tenant: Tenant) => Promise<Omit<RowToInsert, 'number'>[]>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const tenant = await requireJobTenant(context, manager, tenantId)
    const rows = await rowsFor(tenant)
    return createJob(context, manager, { tenantId: tenant.id, kind: 'BULK', state: 'QUEUED', dryRun }, async (job) => {
      await insertRows(
        context.secrets,
        manager,
        job,
        rows.map((row, index) => ({ ...row, number: index + 1 })),
      )
      return rows.length
    })
  })
}
