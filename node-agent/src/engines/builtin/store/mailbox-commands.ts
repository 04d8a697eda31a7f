/** Commands on an account's mailboxes, by name. */
import { StoreError, type MailboxInfo, type MailStore } from './mail-store.js'
import { normalizeMailboxName } from './mailbox-name.js'
import { globalMailboxId, type Shard } from './shard/shard.js'
import { listChanged, shardOf, type StoreParts } from './store-parts.js'

type MailboxCommands = Pick<
  MailStore,
  'mailboxes' | 'mailbox' | 'createMailbox' | 'deleteMailbox' | 'renameMailbox' | 'subscribe' | 'subscriptions'
>

export function createMailboxCommands(parts: StoreParts): MailboxCommands {
  const globalInfo = (shard: Shard, info: MailboxInfo): MailboxInfo => ({
    ...info,
    id: globalMailboxId(shard.index, info.id),
  })
  const changed = (shard: Shard, id: number): void => parts.watchers.changed(globalMailboxId(shard.index, id))

  /** The account's shard, once the account has its first mailboxes. */
  async function shardOfOpened(accountId: string): Promise<Shard> {
    const shard = shardOf(parts, accountId)
    const account = shard.reader.usage(accountId)
    if (!account) await shard.call('openAccount', { accountId })
    else if (account.closedAt !== null) throw new StoreError('NO_SUCH_ACCOUNT', 'the account is closed')
    return shard
  }

  return {
    async mailboxes(accountId) {
      const shard = await shardOfOpened(accountId)
      return shard.reader.mailboxes(accountId).map((info) => globalInfo(shard, info))
    },

    async mailbox(accountId, name) {
      const shard = await shardOfOpened(accountId)
      const info = shard.reader.mailbox(accountId, normalizeMailboxName(name))
      return info && globalInfo(shard, info)
    },

    async createMailbox(accountId, name, specialUse) {
      const shard = shardOf(parts, accountId)
      const normal = normalizeMailboxName(name)
      await shard.call('createMailbox', { accountId, name: normal, specialUse: specialUse ?? null })
      listChanged(parts, shard, accountId)
      const info = shard.reader.mailbox(accountId, normal)
      if (!info) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox was deleted meanwhile')
      return globalInfo(shard, info)
    },

    async deleteMailbox(accountId, name) {
      const shard = shardOf(parts, accountId)
      const id = await shard.call<number>('deleteMailbox', { accountId, name: normalizeMailboxName(name) })
      changed(shard, id)
      listChanged(parts, shard, accountId)
    },

    async renameMailbox(accountId, from, to) {
      const shard = shardOf(parts, accountId)
      const args = { accountId, from: normalizeMailboxName(from), to: normalizeMailboxName(to) }
      const ids = await shard.call<number[]>('renameMailbox', args)
      for (const id of ids) changed(shard, id)
      listChanged(parts, shard, accountId)
    },

    async subscriptions(accountId) {
      return (await shardOfOpened(accountId)).reader.subscriptions(accountId)
    },

    async subscribe(accountId, name, subscribed, elsewhere = false) {
      const args = { accountId, name: normalizeMailboxName(name), subscribed, elsewhere }
      const shard = shardOf(parts, accountId)
      await shard.call('subscribe', args)
      listChanged(parts, shard, accountId)
    },
  }
}
