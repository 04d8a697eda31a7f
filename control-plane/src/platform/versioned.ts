/**
 * Optimistic concurrency: a row changes only if it still has the version that the caller saw. The check is part of the
 * UPDATE or DELETE itself.
 */
import type { EntityManager, EntityTarget, ObjectLiteral } from 'typeorm'
import type { QueryDeepPartialEntity } from 'typeorm'
import { ExpectedError } from './errors.js'

interface Versioned extends ObjectLiteral {
  id: string
  version: number
}

/** Undefined fields stay as they are. */
export async function updateVersioned<T extends Versioned>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  key: { id: string; version: number },
  changes: Partial<T>,
): Promise<void> {
  const values = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const result = await manager
    .createQueryBuilder()
    .update(entity)
    .set({ ...values, version: () => 'version + 1', updatedAt: () => 'now()' } as unknown as QueryDeepPartialEntity<T>)
    .where('id = :id AND version = :version', key)
    .execute()
  if (result.affected !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
}

export async function deleteVersioned<T extends Versioned>(
  manager: EntityManager,
  entity: EntityTarget<T>,
  key: { id: string; version: number },
): Promise<void> {
  const result = await manager
    .createQueryBuilder()
    .delete()
    .from(entity)
    .where('id = :id AND version = :version', key)
    .execute()
  if (result.affected !== 1) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
}

/** The caller holds the row. `table` is never from outside. */
export async function requireVersion(
  manager: EntityManager,
  table: string,
  { id, version }: { id: string; version: number },
): Promise<void> {
  const [row] = await manager.query(`SELECT version FROM ${table} WHERE id = $1`, [id])
  if (row?.version !== version) throw new ExpectedError('VERSION_CONFLICT', { path: ['version'] })
}
