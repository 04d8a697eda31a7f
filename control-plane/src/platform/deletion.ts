/**
 * Suspension and deletion, the same for all that has them. What is deleted is suspended at once, does not receive, keeps all it
 * holds, and comes back as it was until its time of grace is over; then the purge ends it (life-cycle/).
 */
import type { EntityManager, EntityTarget } from 'typeorm'
import { ExpectedError, invalidInput } from './errors.js'
import type { DeletableObject } from './graphql/deletable-object.js'
import type { Status } from './graphql/enums.js'
import { updateVersioned } from './versioned.js'

/** Between deletion and the end. */
const graceDays = 30

type Row = Pick<DeletableObject, 'id' | 'status' | 'deletedAt' | 'statusBeforeDeletion'>

/** The columns of a table whose rows are deleted so. */
export const deletionColumns = `
  ADD COLUMN deleted_at timestamptz,
  ADD COLUMN purge_at timestamptz,
  -- What is deleted is suspended too, so that all that asks for that need not ask for more; this comes back with it.
  ADD COLUMN status_before_deletion text`
export const deletionCheck = `
  (deleted_at IS NULL) = (purge_at IS NULL) AND (deleted_at IS NULL) = (status_before_deletion IS NULL)
  AND (deleted_at IS NULL OR status = 'SUSPENDED')`

export function refuseDeleted({ deletedAt }: Pick<DeletableObject, 'deletedAt'>, path?: string[]): void {
  if (!deletedAt) return
  throw new ExpectedError('FORBIDDEN', { message: 'This is deleted. Restore it first.', ...(path && { path }) })
}

export async function changeStatus<T extends DeletableObject>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  row: Row,
  version: number,
  status: Status,
  receivesWhileSuspended = false,
): Promise<void> {
  refuseDeleted(row)
  await update(manager, entity, { id: row.id, version }, { status, receivesWhileSuspended })
}

export async function markDeleted<T extends DeletableObject>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  row: Row,
  version: number,
): Promise<void> {
  refuseDeleted(row)
  const deletedAt = new Date()
  const purgeAt = new Date(deletedAt.getTime() + graceDays * 86_400_000)
  const changes = { status: 'SUSPENDED' as const, statusBeforeDeletion: row.status, deletedAt, purgeAt }
  await update(manager, entity, { id: row.id, version }, changes)
}

export async function restoreDeleted<T extends DeletableObject>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  row: Row,
  version: number,
): Promise<void> {
  if (!row.deletedAt) throw invalidInput(['id'], 'This is not deleted.')
  const status = row.statusBeforeDeletion!
  const changes = { status, statusBeforeDeletion: null, deletedAt: null, purgeAt: null }
  await update(manager, entity, { id: row.id, version }, changes)
}

const update = <T extends DeletableObject>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  key: { id: string; version: number },
  changes: Partial<DeletableObject>,
): Promise<void> => updateVersioned(manager, entity, key, changes as Partial<T>)
