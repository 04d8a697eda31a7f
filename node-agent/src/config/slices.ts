/** Work over very many items in slices, so that connections are served in between. */
import { setImmediate } from 'node:timers/promises'

const slice = 2_000

export async function mapInSlices<Item, Result>(items: Item[], map: (item: Item) => Result): Promise<Result[]> {
  if (items.length <= slice) return items.map(map)
  const results: Result[] = []
  for (let at = 0; at < items.length; at += slice) {
    for (const item of items.slice(at, at + slice)) results.push(map(item))
    await setImmediate()
  }
  return results
}
