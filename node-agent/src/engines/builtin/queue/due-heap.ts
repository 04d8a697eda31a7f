/** A binary heap by due time. */
export class DueHeap<T extends { dueAt: number }> {
  private readonly items: T[] = []

  get size(): number {
    return this.items.length
  }

  peek(): T | undefined {
    return this.items[0]
  }

  push(item: T): void {
    const { items } = this
    let index = items.push(item) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (items[parent]!.dueAt <= item.dueAt) break
      items[index] = items[parent]!
      index = parent
    }
    items[index] = item
  }

  pop(): T | undefined {
    const { items } = this
    const first = items[0]
    const last = items.pop()
    if (first === undefined || last === undefined || items.length === 0) return first
    let index = 0
    for (;;) {
      let child = 2 * index + 1
      if (child >= items.length) break
      if (child + 1 < items.length && items[child + 1]!.dueAt < items[child]!.dueAt) child++
      if (items[child]!.dueAt >= last.dueAt) break
      items[index] = items[child]!
      index = child
    }
    items[index] = last
    return first
  }
}
