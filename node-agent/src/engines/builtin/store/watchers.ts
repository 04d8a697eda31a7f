/** Tells sessions of this process that a mailbox changed; many changes in one turn of the loop are told once. */
export interface Watchers {
  watch(mailboxId: number, listener: () => void): () => void
  /** By this process: other processes hear of it too. */
  changed(mailboxId: number): void
  /** By another process. */
  heard(mailboxIds: number[]): void
  /** Nobody knows what changed: a process ended before it could say. */
  heardOfSomething(): void
  /** Called with what this process changed, at most once a turn of the loop. */
  announceTo(announce: (mailboxIds: number[]) => void): void
}

/** `notice` is told of everything that changed, wherever it was; null for what nobody knows. */
export function createWatchers(notice?: (mailboxIds: number[] | null) => void): Watchers {
  const listeners = new Map<number, Set<() => void>>()
  const dirty = new Set<number>()
  let announce: ((mailboxIds: number[]) => void) | null = null

  function tell(): void {
    const mailboxIds = [...dirty]
    dirty.clear()
    announce?.(mailboxIds)
    heard(mailboxIds)
  }

  function heard(mailboxIds: number[]): void {
    notice?.(mailboxIds)
    for (const mailboxId of mailboxIds)
      for (const listener of [...(listeners.get(mailboxId) ?? [])]) queueMicrotask(listener)
  }

  return {
    watch(mailboxId, listener) {
      // Wrapped, so that one function given twice is two watches.
      const entry = () => listener()
      const set = listeners.get(mailboxId) ?? new Set()
      listeners.set(mailboxId, set.add(entry))
      return () => {
        set.delete(entry)
        if (set.size === 0 && listeners.get(mailboxId) === set) listeners.delete(mailboxId)
      }
    },
    changed(mailboxId) {
      if (!announce && !notice && !listeners.has(mailboxId)) return
      if (dirty.size === 0) setImmediate(tell)
      dirty.add(mailboxId)
    },
    heard,
    heardOfSomething() {
      heard([...listeners.keys()])
      notice?.(null)
    },
    announceTo: (told) => (announce = told),
  }
}
