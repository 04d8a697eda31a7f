/**
 * The frames of one stream that wait for their acknowledgement: at most `window` of them.
 *
 * `acknowledgedRevision` moves only over frames whose predecessors are acknowledged too, in whatever order acks come.
 */
import { randomUUID } from 'node:crypto'

export interface SentFrame {
  nonce: string
  revision: number
  /** Versions by key; null for a snapshot, whose keys are too many to keep. */
  versions: Map<string, number> | null
  sentAt: Date
}

export class Unacknowledged {
  private readonly frames = new Map<string, SentFrame & { done: boolean }>()
  private waiters: (() => void)[] = []
  acknowledgedRevision: number | null = null

  constructor(private readonly window: number) {}

  get size(): number {
    return this.frames.size
  }

  /** When the first of those that wait was sent. */
  get oldest(): Date | null {
    for (const { done, sentAt } of this.frames.values()) if (!done) return sentAt
    return null
  }

  add(revision: number, versions: Map<string, number> | null, nonce: string = randomUUID()): string {
    this.frames.set(nonce, { nonce, revision, versions, sentAt: new Date(), done: false })
    return nonce
  }

  /** The frame, once; null for a nonce that is unknown or was acknowledged before. */
  acknowledge(nonce: string): SentFrame | null {
    const frame = this.frames.get(nonce)
    if (!frame || frame.done) return null
    frame.done = true
    for (const [first, { done, revision }] of this.frames) {
      if (!done) break
      this.frames.delete(first)
      this.acknowledgedRevision = revision
    }
    if (this.frames.size < this.window) for (const wake of this.waiters.splice(0)) wake()
    return frame
  }

  /** Looks without acknowledging. */
  find(nonce: string): SentFrame | null {
    const frame = this.frames.get(nonce)
    return frame && !frame.done ? frame : null
  }

  /** Resolves once there is room for a frame, or the signal is aborted. */
  async room(signal: AbortSignal): Promise<void> {
    while (this.frames.size >= this.window && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const done = () => {
          signal.removeEventListener('abort', done)
          resolve()
        }
        signal.addEventListener('abort', done, { once: true })
        this.waiters.push(done)
      })
    }
  }
}
