/**
 * A name index that survives the moments when two resources claim one name, as when an address is given away and the removal of
 * its former owner comes in a later frame: the latest claim is found, an earlier one comes back when the latest goes.
 */
export class UniqueIndex<T> {
  private readonly owner = new Map<string, T>()
  private readonly shadowed = new Map<string, T[]>()

  get(name: string): T | undefined {
    return this.owner.get(name)
  }

  add(name: string, item: T): void {
    const former = this.owner.get(name)
    if (former !== undefined) {
      const others = this.shadowed.get(name)
      if (others) others.push(former)
      else this.shadowed.set(name, [former])
    }
    this.owner.set(name, item)
  }

  remove(name: string, item: T): void {
    const others = this.shadowed.get(name) ?? []
    if (this.owner.get(name) === item) {
      const heir = others.pop()
      if (heir === undefined) this.owner.delete(name)
      else this.owner.set(name, heir)
    } else {
      const position = others.indexOf(item)
      if (position >= 0) others.splice(position, 1)
    }
    if (others.length === 0) this.shadowed.delete(name)
  }
}
