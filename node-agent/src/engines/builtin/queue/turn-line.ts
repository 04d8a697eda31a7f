/**
 * A line in which owners take turns: each is served in its own order, and none waits for more than one of every other. Who brings a
 * hundred thousand so delays itself, and nobody else. Both ends cost a constant time, however long the line is.
 */
interface Part<T> {
  items: T[]
  /** Those before have been taken: to move the rest up each time would cost the length of the line. */
  from: number
}

export class TurnLine<T> {
  /** In the order of their turns; none is empty. */
  private readonly parts = new Map<string, Part<T>>()

  get empty(): boolean {
    return this.parts.size === 0
  }

  push(owner: string, item: T): void {
    const part = this.parts.get(owner)
    if (part) part.items.push(item)
    else this.parts.set(owner, { items: [item], from: 0 })
  }

  /** The next one that is `wanted`; those before it that are not leave the line, and cost their owner no turn. */
  take(wanted: (item: T) => boolean): T | undefined {
    for (const [owner, part] of this.parts) {
      const item = firstOf(part, wanted)
      this.parts.delete(owner)
      if (part.items.length > 0) this.parts.set(owner, part)
      if (item !== undefined) return item
    }
    return undefined
  }
}

function firstOf<T>(part: Part<T>, wanted: (item: T) => boolean): T | undefined {
  let found: T | undefined
  while (found === undefined && part.from < part.items.length) {
    const item = part.items[part.from++]!
    if (wanted(item)) found = item
  }
  if (part.from * 2 >= part.items.length) {
    part.items.splice(0, part.from)
    part.from = 0
  }
  return found
}
