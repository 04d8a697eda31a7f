/**
 * Batched, cached look-ups for the length of one request. The cache belongs to the context's `generation`: whoever has
 * written, or lives for long, takes a new one and so reads anew.
 */
import DataLoader from 'dataloader'

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

export function forgetLoaded(context: LoaderContext): void {
  context.generation = {}
}

/** In the order of `keys`. A row that was deleted since its key was read is an error of this request alone. */
export async function loadAll<K, V>(loader: DataLoader<K, V | null>, keys: readonly K[]): Promise<V[]> {
  const values = await loader.loadMany(keys)
  return values.map((value, index) => {
    if (value instanceof Error) throw value
    if (value === null) throw new Error(`the object ${String(keys[index])} vanished while its list was read`)
    return value
  })
}
