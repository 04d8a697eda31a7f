/**
 * Sessions that have served a message and may serve the next one of the same hop: for a moment only, since hosts count connections, and
 * neither for many messages nor for long, since hosts behind one name want to share the load.
 */
import type { HostSession } from './host-session.js'

const maxIdle = 100
const maxIdleMs = 2_000
const maxMessages = 100
const maxAgeMs = 300_000

interface Idle {
  key: string
  session: HostSession
  timer: NodeJS.Timeout
}

export class SessionPool {
  /** Oldest first. */
  private readonly idle = new Set<Idle>()
  private closed = false

  /** The session that was used last: the others may run out and go. */
  take(key: string): HostSession | null {
    for (const one of [...this.idle].reverse()) {
      if (one.key !== key) continue
      this.forget(one)
      // A host that said something meanwhile has most likely said farewell.
      if (one.session.quiet) return one.session
      one.session.quit()
    }
    return null
  }

  /** Takes over a session that is in step and between two transactions. */
  keep(key: string, session: HostSession): void {
    const old = performance.now() - session.openedAt > maxAgeMs
    if (this.closed || old || session.messages >= maxMessages || !session.usable || !session.quiet)
      return session.quit()
    const one: Idle = { key, session, timer: setTimeout(() => this.drop(one), maxIdleMs).unref() }
    this.idle.add(one)
    for (const oldest of this.idle) {
      if (this.idle.size <= maxIdle) break
      this.drop(oldest)
    }
  }

  close(): void {
    this.closed = true
    for (const one of [...this.idle]) this.drop(one)
  }

  private drop(one: Idle): void {
    this.forget(one)
    one.session.quit()
  }

  private forget(one: Idle): void {
    clearTimeout(one.timer)
    this.idle.delete(one)
  }
}
