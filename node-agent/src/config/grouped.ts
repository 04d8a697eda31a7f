/** Resources by the id of what they belong to, where one has many. */
export class Grouped<T extends { id: string }> {
  private readonly groups = new Map<string, Map<string, T>>()

  constructor(private readonly ownerOf: (resource: T) => string) {}

  of(ownerId: string): Iterable<T> {
    return this.groups.get(ownerId)?.values() ?? []
  }

  add(resource: T): void {
    const group = this.groups.get(this.ownerOf(resource)) ?? new Map<string, T>()
    this.groups.set(this.ownerOf(resource), group.set(resource.id, resource))
  }

  remove(resource: T): void {
    const group = this.groups.get(this.ownerOf(resource))
    group?.delete(resource.id)
    if (group?.size === 0) this.groups.delete(this.ownerOf(resource))
  }
}
