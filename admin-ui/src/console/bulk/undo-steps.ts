/**
 * The way back of a bulk change: jobs that say again of each object what was said of it before. There is none where that is
 * not known, as of objects that were selected by a filter and never read.
 */
import type { BulkAction } from './bulk-kind.ts'

export type UndoStep = { ids: string[] }

/** What one bulk mutation takes by id. */
const most = 1_000
/** So many different values may have been there; more is for a restore, not for an undo. */
const mostValues = 20

const opposite = { ACTIVE: 'SUSPENDED', SUSPENDED: 'ACTIVE' } as const

export function undoSteps<Row extends { id: string }>(
  action: BulkAction<Row>,
  given: object,
  /** Null: all that a filter selected, without those that were so already (`narrow`). */
  rows: readonly Row[] | undefined,
  changedIds: readonly string[],
): UndoStep[] {
  if (action.operation === 'Delete') return []
  const { status } = given as { status?: keyof typeof opposite }
  const known = new Map(rows?.map((row) => [row.id, action.before?.(row)]))
  const groups = new Map<string, string[]>()
  for (const id of new Set(changedIds)) {
    const before = rows ? known.get(id) : status && action.narrow && { status: opposite[status] }
    if (!before) return []
    const values = JSON.stringify(before)
    if (values !== JSON.stringify(given)) groups.set(values, [...(groups.get(values) ?? []), id])
  }
  if (groups.size > mostValues) return []
  return [...groups].flatMap(([values, ids]) =>
    Array.from({ length: Math.ceil(ids.length / most) }, (_, part) => ({
      ...(JSON.parse(values) as object),
      ids: ids.slice(part * most, (part + 1) * most),
    })),
  )
}
