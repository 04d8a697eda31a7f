/**
 * What leads to other addresses, each after those that it leads to. Done in this order, all that can be reached from what is at hand
 * is as it shall be already: no circle comes of what was there before and what is new. One that is wanted as such stays one, and is
 * refused by whoever makes it.
 */
import type { Item } from './items.js'

export function targetsFirst(items: readonly Item[]): Item[] {
  const byAddress = new Map<string, Item[]>()
  for (const item of items) byAddress.set(item.key, [...(byAddress.get(item.key) ?? []), item])
  const ordered: Item[] = []
  const seen = new Set<Item>()
  for (const start of items) {
    // No recursion: a manifest may have a chain of thousands.
    const stack: { item: Item; next: Item[] }[] = []
    const enter = (item: Item): void => {
      if (seen.has(item)) return
      seen.add(item)
      stack.push({ item, next: leadsTo(item).flatMap((address) => byAddress.get(address) ?? []) })
    }
    enter(start)
    while (stack.length > 0) {
      const { item, next } = stack.at(-1)!
      const following = next.pop()
      if (following) enter(following)
      else ordered.push((stack.pop(), item))
    }
  }
  return ordered
}

const leadsTo = ({ fields }: Item): string[] => [
  ...((fields.targets as string[] | undefined) ?? []),
  ...((fields.members as string[] | undefined) ?? []),
  ...((fields.owners as string[] | undefined) ?? []),
]
