/** The mail store over SQLite shards, put together from its commands. */
import { createDeliver } from './deliver.js'
import type { MailStore } from './mail-store.js'
import { createMailboxCommands } from './mailbox-commands.js'
import { createMessageCommands } from './message-commands.js'
import { createSharingCommands } from './sharing-commands.js'
import { storeErrorOf } from './store-error.js'
import { shardHolding, type StoreParts } from './store-parts.js'

export function createMailStore(parts: StoreParts, close: () => Promise<void>): MailStore {
  return withStoreErrors(parts, {
    deliver: createDeliver(parts),
    ...createMailboxCommands(parts),
    ...createMessageCommands(parts),
    ...createSharingCommands(parts),

    async usage(accountId) {
      const account = shardHolding(parts, accountId).reader.usage(accountId)
      return { bytes: account?.bytes ?? 0, messages: account?.messages ?? 0 }
    },

    async dropAccount(accountId) {
      await shardHolding(parts, accountId).call('dropAccount', { accountId })
    },
    async restoreAccount(accountId) {
      await shardHolding(parts, accountId).call('restoreAccount', { accountId })
    },
    async accounts() {
      return parts.shards.flatMap(({ reader }) => {
        try {
          return reader.accounts()
        } catch (error) {
          // Of a damaged shard nothing is known: its accounts must not look like ones that are missing.
          parts.met(storeErrorOf(error))
          return []
        }
      })
    },

    close,
  })
}

/** A damaged or full disk fails reads too: whatever is not expected becomes UNAVAILABLE, in one place. */
function withStoreErrors(parts: StoreParts, store: MailStore): MailStore {
  return new Proxy(store, {
    get(target, name: keyof MailStore) {
      const method = target[name] as (...args: unknown[]) => unknown
      if (typeof method !== 'function' || name === 'watch') return method
      return async (...args: unknown[]) => {
        try {
          return await method.apply(target, args)
        } catch (error) {
          const failure = storeErrorOf(error)
          parts.met(failure)
          throw failure
        }
      }
    },
  })
}
