/** Tells sessions of this process that a mailbox changed; many changes in one turn of the loop are told once. */
export interface Watchers {
  watch(mailboxId: number, listener: () => void): () => void
  changed(mailboxId: number): void
}

export function createWatchers(): Watchers {
  const listeners = new Map<number, Set<() => void>>()
  const dirty = new Set<number>()

  function tell(): void {
    const mailboxIds = [...dirty]
    dirty.clear()
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
      if (!listeners.has(mailboxId)) return
      if (dirty.size === 0) setImmediate(tell)
      dirty.add(mailboxId)
    },
  }
}
