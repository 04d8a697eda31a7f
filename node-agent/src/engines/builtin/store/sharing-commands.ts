/** Who may use a mailbox, and what is noted on it: the store's part of RFC 4314 and RFC 5464. */
import type { MailStore } from './mail-store.js'
import { globalMailboxId } from './shard/shard.js'
import { listChanged, locate, shardHolding, shardOf, type StoreParts } from './store-parts.js'

type SharingCommands = Pick<
  MailStore,
  'access' | 'accessOf' | 'setAccess' | 'grantedTo' | 'annotations' | 'setAnnotations'
>

export function createSharingCommands(parts: StoreParts): SharingCommands {
  /** Annotations of the server are kept beside the account that sees them. */
  const placeOf = (accountId: string, mailboxId: number | null) =>
    mailboxId === null ? { shard: shardHolding(parts, accountId), local: 0 } : locate(parts, mailboxId)

  return {
    async access(mailboxId) {
      const { shard, local } = locate(parts, mailboxId)
      return shard.reader.access(local)
    },

    async accessOf(mailboxId, member) {
      const { shard, local } = locate(parts, mailboxId)
      return shard.reader.accessOf(local, member)
    },

    async setAccess(mailboxId, member, mode, rights) {
      const { shard, local } = locate(parts, mailboxId)
      await shard.call('setAccess', { mailbox: local, member, mode, rights })
      parts.watchers.changed(mailboxId)
    },

    async grantedTo(accountId) {
      return parts.shards.flatMap((shard) =>
        shard.reader
          .grantedTo(accountId)
          .map(({ info, rights }) => ({ info: { ...info, id: globalMailboxId(shard.index, info.id) }, rights })),
      )
    },

    async annotations(accountId, mailboxId) {
      const { shard, local } = placeOf(accountId, mailboxId)
      return shard.reader.annotations(local, accountId)
    },

    async setAnnotations(accountId, mailboxId, changes) {
      shardOf(parts, accountId)
      const { shard, local } = placeOf(accountId, mailboxId)
      await shard.call('setAnnotations', { mailbox: local, accountId, changes })
      if (mailboxId === null) listChanged(parts, shard, accountId)
      else parts.watchers.changed(mailboxId)
    },
  }
}
