/**
 * Batched, cached look-ups for the length of one request. The cache belongs to the context's `generation`: whoever has
 * written, or lives for long, takes a new one and so reads anew.
 */
import DataLoader from 'dataloader'
import { In, type EntityTarget, type FindOptionsRelations, type FindOptionsWhere } from 'typeorm'
import type { Database } from './database.js'

export interface LoaderContext {
  generation: object
}

export function defineLoader<C extends LoaderContext, K, V>(
  batch: (context: C, keys: readonly K[]) => Promise<ReadonlyArray<V | Error>>,
): (context: C) => DataLoader<K, V> {
  const loaders = new WeakMap<object, DataLoader<K, V>>()
  return (context) => {
    let loader = loaders.get(context.generation)
    if (!loader) {
      loader = new DataLoader<K, V>((keys) => batch(context, keys), { maxBatchSize: 500 })
      loaders.set(context.generation, loader)
    }
    return loader
  }
}

/** Entities by id, with the relations that they are always loaded with; null for an id that there is not. */
export const defineEntityLoader = <T extends { id: string }>(
  entity: EntityTarget<T>,
  relations?: FindOptionsRelations<T>,
) =>
  defineLoader<LoaderContext & { database: Database }, string, T | null>(async ({ database }, ids) => {
    const where = { id: In([...ids]) } as FindOptionsWhere<T>
    const found = await database.find(entity, { where, relations })
    const byId = new Map(found.map((object) => [object.id, object]))
    return ids.map((id) => byId.get(id) ?? null)
  })

export function forgetLoaded(context: LoaderContext): void {
  context.generation = {}
}

/** In the order of `keys`; null for what was deleted since its key was read. */
export async function loadAll<K, V>(loader: DataLoader<K, V | null>, keys: readonly K[]): Promise<(V | null)[]> {
  const values = await loader.loadMany(keys)
  return values.map((value) => {
    if (value instanceof Error) throw value
    return value
  })
}
