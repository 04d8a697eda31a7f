/** A map that forgets its oldest entries when full, so that no client can make it grow, and entries whose time is over. */
export class BoundedMap<Value extends { until: number }> {
  private readonly entries = new Map<string, Value>()
  constructor(
    private readonly maxEntries: number,
    private readonly clock: () => number,
  ) {}

  get(key: string): Value | undefined {
    const value = this.entries.get(key)
    if (value === undefined || value.until > this.clock()) return value
    this.entries.delete(key)
    return undefined
  }

  set(key: string, value: Value): void {
    this.entries.delete(key)
    if (this.entries.size >= this.maxEntries) this.entries.delete(this.entries.keys().next().value!)
    this.entries.set(key, value)
  }

  delete(key: string): void {
    this.entries.delete(key)
  }

  get size(): number {
    return this.entries.size
  }
}
