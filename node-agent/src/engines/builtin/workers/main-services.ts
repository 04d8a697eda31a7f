/** What the main process does for one session worker: all that must be one for the whole node. */
import type { EventSink } from '../../../events/event-sink.js'
import type { Authenticator } from '../accounts/index.js'
import type { MailboxLocks } from '../pop3/index.js'
import type { OpenedMailStore } from '../store/index.js'
import type { Channel, Handlers } from './channel.js'
import type { LockRequest, MailEvent, SignInCall } from './messages.js'

export interface SharedServices {
  store: OpenedMailStore
  authenticator: Authenticator
  locks: MailboxLocks
  events: EventSink
}

export interface WorkerServices {
  handlers: Handlers
  /** Frees what the worker held. */
  release(): void
}

export function servicesFor(
  { store, authenticator, locks, events }: SharedServices,
  /** The worker that asks; known once it runs. */
  channel: () => Channel,
  /** Tells all other workers. */
  tellOthers: (name: string, args: unknown) => void,
): WorkerServices {
  const held = new Map<number, () => void>()
  return {
    handlers: {
      write: store.replicas.write,
      changed(mailboxIds: number[]) {
        store.replicas.heard(mailboxIds)
        tellOthers('changed', mailboxIds)
      },
      damaged: store.replicas.damaged,
      signIn: ({ method, args }: SignInCall) => (authenticator[method] as (args: unknown) => unknown)(args),
      event: (event: MailEvent) => events.emit(event),
      async lock({ accountId, holder }: LockRequest): Promise<boolean> {
        // A worker that is gone holds nothing.
        const giveWay = () =>
          channel()
            .call<boolean>('giveWay', holder)
            .catch(() => true)
        const release = await locks.acquire(accountId, { giveWay })
        if (release) held.set(holder, release)
        return release !== null
      },
      unlock(holder: number) {
        held.get(holder)?.()
        held.delete(holder)
      },
    },
    release() {
      for (const release of held.values()) release()
      held.clear()
      // What it changed with its last words nobody has heard.
      store.replicas.heardOfSomething()
      tellOthers('changedSomething', null)
    },
  }
}
