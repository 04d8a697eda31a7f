/**
 * Octets that came in and were not asked for yet. Appending costs amortised linear time however small the chunks are, an
 * empty buffer holds no memory, and what was handed out is never written to again.
 */
const lineFeed = 0x0a
const empty = Buffer.alloc(0)

export class InputBuffer {
  private storage: Buffer = empty
  private start = 0
  private end = 0
  /** Up to here, relative to `start`, there is no LF: a line that trickles in is searched once, not once per octet. */
  private searched = 0

  get length(): number {
    return this.end - this.start
  }

  append(chunk: Buffer): void {
    if (this.length === 0) {
      this.storage = chunk
      this.start = 0
      this.end = chunk.length
      return
    }
    const total = this.length + chunk.length
    // The first storage is the chunk as it came, without room behind it; from the second chunk on it is ours to grow.
    if (this.end + chunk.length > this.storage.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(1024, total * 2))
      this.storage.copy(grown, 0, this.start, this.end)
      this.storage = grown
      this.end -= this.start
      this.start = 0
    }
    chunk.copy(this.storage, this.end)
    this.end += chunk.length
  }

  /** The octets are the caller's no longer. */
  prepend(octets: Buffer): void {
    const rest = this.take(this.length)
    this.append(octets)
    if (rest.length > 0) this.append(rest)
  }

  /** Offset of the first LF, or -1. */
  indexOfLineFeed(): number {
    const found = this.storage.subarray(0, this.end).indexOf(lineFeed, this.start + this.searched)
    this.searched = found === -1 ? this.length : found - this.start
    return found === -1 ? -1 : found - this.start
  }

  at(offset: number): number {
    return this.storage[this.start + offset]!
  }

  /** The next octets, as a view. */
  take(length: number): Buffer {
    const taken = this.storage.subarray(this.start, this.start + length)
    this.start += taken.length
    this.searched = 0
    if (this.start === this.end) this.clear()
    return taken
  }

  clear(): void {
    this.storage = empty
    this.start = this.end = this.searched = 0
  }
}
