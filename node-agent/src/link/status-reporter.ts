/** Tells the control plane how the node is: every few seconds, which is its heartbeat, and soon after a change. */
import { reportStatus } from './protocol.js'
import type { NodeStatus } from './protocol.js'
import type { Session } from './session.js'

export interface StatusReporter {
  /** Something worth reporting has changed. */
  changed(): void
  /** Runs until the connection ends; always rejects in the end. */
  run(session: Session): Promise<never>
}

/** Lets a burst of changes become one report. */
const settleMs = 50

export function createStatusReporter(read: () => NodeStatus, intervalMs = 5_000): StatusReporter {
  let wake = () => {}
  let pending = false
  return {
    changed() {
      pending = true
      wake()
    },
    async run(session) {
      for (;;) {
        session.closed.throwIfAborted()
        pending = false
        await session.request(reportStatus, { status: read() })
        await pause(settleMs, session.closed)
        if (!pending) await pause(intervalMs - settleMs, session.closed, (resolve) => (wake = resolve))
      }
    },
  }
}

/** Resolves after the time, on abort, or when woken. */
function pause(ms: number, signal: AbortSignal, waker: (wake: () => void) => void = () => {}): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    waker(done)
    if (signal.aborted) done()
  })
}
