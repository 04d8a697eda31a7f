/** The mail store over SQLite shards: finds the shard, prepares contents, and turns results into the contract's terms. */
import type { MailEvent } from '@mailfleet/schema'
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import { openContent } from './content/open-content.js'
import { prepareContent, type PreparedContent } from './content/incoming.js'
import { internFlags, parseFlags } from './flags.js'
import { StoreError, type AppendMessage, type Delivery, type MailboxInfo, type MailStore } from './mail-store.js'
import { normalizeMailboxName } from './mailbox-name.js'
import type { CopyResult, DeliverArgs, DeliverResult, IncomingDelivery, StoreFlagsResult } from './shard/protocol.js'
import { globalMailboxId, localMailboxId, shardIndexOf, shardOfMailbox, type Shard } from './shard/shard.js'
import { isUndecided, storeErrorOf } from './store-error.js'
import type { Watchers } from './watchers.js'

export interface StoreParts {
  shards: Shard[]
  watchers: Watchers
  summarize(content: MessageContent): Promise<MessageSummary>
  quotaOf(accountId: string): number | null
  accountExists(accountId: string): boolean
  close(): Promise<void>
}

/** A flag change of very many messages is several transactions, so that deliveries need not wait for it. */
const uidsPerTransaction = 5_000

export function createMailStore(parts: StoreParts): MailStore {
  const { shards, watchers, summarize, quotaOf } = parts

  function shardOf(accountId: string): Shard {
    if (!parts.accountExists(accountId)) throw new StoreError('NO_SUCH_ACCOUNT', 'no such account')
    return shards[shardIndexOf(accountId, shards.length)]!
  }

  function located(mailboxId: number): { shard: Shard; local: number } {
    const shard = shards[shardOfMailbox(mailboxId)]
    if (!shard) throw new StoreError('NO_SUCH_MAILBOX', 'no such mailbox')
    return { shard, local: localMailboxId(mailboxId) }
  }

  function quotaOfMailbox({ shard, local }: { shard: Shard; local: number }): number | null {
    const accountId = shard.reader.ownerOf(local)
    if (accountId === undefined) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is gone')
    return quotaOf(accountId)
  }

  const contentNamer = (shard: Shard) => (id: number) => `${shard.reader.storeId}-${shard.index}-${id}`
  const globalInfo = (shard: Shard, info: MailboxInfo): MailboxInfo => ({
    ...info,
    id: globalMailboxId(shard.index, info.id),
  })

  /** The account's shard, once the account has its first mailboxes. */
  async function shardOfOpened(accountId: string): Promise<Shard> {
    const shard = shardOf(accountId)
    const account = shard.reader.usage(accountId)
    if (!account) await shard.call('openAccount', { accountId })
    else if (account.closedAt !== null) throw new StoreError('NO_SUCH_ACCOUNT', 'the account is closed')
    return shard
  }

  async function deliverTo(
    shard: Shard,
    content: MessageContent,
    summary: MessageSummary,
    deliveries: IncomingDelivery[],
    receivedAt: number,
    events: MailEvent[],
  ): Promise<(StoreError | null)[]> {
    let prepared: PreparedContent | null = null
    let results: DeliverResult[]
    try {
      prepared = await prepareContent(shard.folder, content, summary)
      const args: DeliverArgs = { content: prepared.incoming, deliveries, receivedAt, events }
      results = await shard.call<DeliverResult[]>('deliver', args, prepared.transfer)
    } catch (error) {
      const failure = storeErrorOf(error)
      if (!isUndecided(failure)) await prepared?.discard()
      return deliveries.map(() => failure)
    }
    if (results.every(({ error }) => error !== null)) await prepared.discard()
    return results.map((result) => {
      if (result.error) return new StoreError(result.error.code, result.error.message)
      watchers.changed(globalMailboxId(shard.index, result.mailbox))
      return null
    })
  }

  function incomingDelivery(delivery: Delivery): IncomingDelivery {
    return {
      accountId: delivery.accountId,
      quota: quotaOf(delivery.accountId),
      mailbox: normalizeMailboxName(delivery.mailbox ?? 'INBOX'),
      flags: parseFlags(delivery.flags ?? []),
      prefix: delivery.prefix ? new Uint8Array(delivery.prefix) : null,
      event: delivery.event ?? null,
    }
  }

  const changed = (...mailboxIds: number[]): void => mailboxIds.forEach((id) => watchers.changed(id))

  const store: MailStore = {
    async deliver(content, deliveries, receivedAt = Date.now(), events = []) {
      const outcomes: (StoreError | null)[] = deliveries.map(() => null)
      const groups = new Map<Shard, { index: number; delivery: IncomingDelivery }[]>()
      deliveries.forEach((delivery, index) => {
        try {
          const shard = shardOf(delivery.accountId)
          const entry = { index, delivery: incomingDelivery(delivery) }
          groups.set(shard, [...(groups.get(shard) ?? []), entry])
        } catch (error) {
          outcomes[index] = storeErrorOf(error)
        }
      })
      if (groups.size === 0) return outcomes
      const summary = await summarize(content)
      const deliverGroup = async (shard: Shard, told: MailEvent[]): Promise<boolean> => {
        const entries = groups.get(shard)!
        const given = entries.map(({ delivery }) => delivery)
        const results = await deliverTo(shard, content, summary, given, receivedAt, told)
        results.forEach((result, position) => (outcomes[entries[position]!.index] = result))
        return results.includes(null)
      }
      // The transaction's own events go with one shard: the first that stores something.
      const waiting = [...groups.keys()]
      let untold = events
      while (waiting.length > 0 && untold.length > 0) if (await deliverGroup(waiting.shift()!, untold)) untold = []
      await Promise.all(waiting.map((shard) => deliverGroup(shard, [])))
      return outcomes
    },

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
      const shard = shardOf(accountId)
      const normal = normalizeMailboxName(name)
      await shard.call('createMailbox', { accountId, name: normal, specialUse: specialUse ?? null })
      const info = shard.reader.mailbox(accountId, normal)
      if (!info) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox was deleted meanwhile')
      return globalInfo(shard, info)
    },

    async deleteMailbox(accountId, name) {
      const shard = shardOf(accountId)
      const id = await shard.call<number>('deleteMailbox', { accountId, name: normalizeMailboxName(name) })
      changed(globalMailboxId(shard.index, id))
    },

    async renameMailbox(accountId, from, to) {
      const shard = shardOf(accountId)
      const args = { accountId, from: normalizeMailboxName(from), to: normalizeMailboxName(to) }
      const ids = await shard.call<number[]>('renameMailbox', args)
      changed(...ids.map((id) => globalMailboxId(shard.index, id)))
    },

    async subscribe(accountId, name, subscribed) {
      await shardOf(accountId).call('subscribe', { accountId, name: normalizeMailboxName(name), subscribed })
    },

    async status(mailboxId) {
      const { shard, local } = located(mailboxId)
      return shard.reader.status(local)
    },

    async snapshot(mailboxId) {
      const { shard, local } = located(mailboxId)
      return shard.reader.snapshot(local)
    },

    async changesSince(mailboxId, modSeq) {
      const { shard, local } = located(mailboxId)
      return shard.reader.changesSince(local, modSeq)
    },

    watch: (mailboxId, listener) => watchers.watch(mailboxId, listener),

    async messages(mailboxId, uids) {
      const { shard, local } = located(mailboxId)
      return shard.reader.messages(local, uids, contentNamer(shard))
    },

    async open(mailboxId, uid) {
      const { shard, local } = located(mailboxId)
      return openContent(shard, local, uid)
    },

    async append(mailboxId, given: AppendMessage[]) {
      const place = located(mailboxId)
      const { shard, local } = place
      const quota = quotaOfMailbox(place)
      const flags = given.map((message) => parseFlags(message.flags))
      const prepared: PreparedContent[] = []
      try {
        for (const { content } of given)
          prepared.push(await prepareContent(shard.folder, content, await summarize(content)))
        const messages = given.map(({ receivedAt }, index) => ({
          content: prepared[index]!.incoming,
          flags: flags[index],
          receivedAt: receivedAt ?? Date.now(),
        }))
        const transfer = prepared.flatMap((content) => content.transfer)
        const result = await shard.call<{ uidValidity: number; uids: number[] }>(
          'append',
          { mailbox: local, quota, messages },
          transfer,
        )
        changed(mailboxId)
        return result
      } catch (error) {
        const failure = storeErrorOf(error)
        if (!isUndecided(failure)) await Promise.all(prepared.map((content) => content.discard()))
        throw failure
      }
    },

    async storeFlags(mailboxId, uids, mode, flags, unchangedSince) {
      const { shard, local } = located(mailboxId)
      const parsed = parseFlags(flags)
      const sorted = ascending(uids)
      const result: Awaited<ReturnType<MailStore['storeFlags']>> = { modified: [], failed: [] }
      for (let start = 0; start < sorted.length; start += uidsPerTransaction) {
        const { modified, failed } = await shard.call<StoreFlagsResult>('storeFlags', {
          mailbox: local,
          uids: sorted.slice(start, start + uidsPerTransaction),
          mode,
          flags: parsed,
          unchangedSince: unchangedSince ?? null,
        })
        for (const { uid, system, keywords, modSeq } of modified)
          result.modified.push({ uid, flags: internFlags(system, keywords), modSeq })
        for (const uid of failed) result.failed.push(uid)
      }
      changed(mailboxId)
      return result
    },

    async expunge(mailboxId, uids, force = false) {
      const { shard, local } = located(mailboxId)
      const sorted = uids ? ascending(uids) : null
      const result = await shard.call<{ vanished: number[]; highestModSeq: number }>('expunge', {
        mailbox: local,
        uids: sorted,
        force,
      })
      if (result.vanished.length > 0) changed(mailboxId)
      return result
    },

    async copy(mailboxId, uids, toMailboxId, move) {
      const from = located(mailboxId)
      const to = located(toMailboxId)
      if (from.shard !== to.shard) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is of another account')
      const result = await from.shard.call<CopyResult>('copy', {
        mailbox: from.local,
        uids: ascending(uids),
        to: to.local,
        move,
        quota: quotaOfMailbox(to),
      })
      if (result.to.length > 0) changed(toMailboxId, ...(move ? [mailboxId] : []))
      return result
    },

    async usage(accountId) {
      const account = shards[shardIndexOf(accountId, shards.length)]!.reader.usage(accountId)
      return { bytes: account?.bytes ?? 0, messages: account?.messages ?? 0 }
    },

    // Both are asked for when the directory has dropped the account already, or has it not yet again.
    async dropAccount(accountId) {
      await shards[shardIndexOf(accountId, shards.length)]!.call('dropAccount', { accountId })
    },
    async restoreAccount(accountId) {
      await shards[shardIndexOf(accountId, shards.length)]!.call('restoreAccount', { accountId })
    },
    async accounts() {
      return shards.flatMap(({ reader }) => reader.accounts())
    },

    close: () => parts.close(),
  }
  return withStoreErrors(store)
}

const ascending = (uids: number[]): number[] => [...new Set(uids)].sort((a, b) => a - b)

/** A damaged or full disk fails reads too: whatever is not expected becomes UNAVAILABLE, in one place. */
function withStoreErrors(store: MailStore): MailStore {
  return new Proxy(store, {
    get(target, name: keyof MailStore) {
      const method = target[name] as (...args: unknown[]) => unknown
      if (typeof method !== 'function' || name === 'watch') return method
      return async (...args: unknown[]) => {
        try {
          return await method.apply(target, args)
        } catch (error) {
          throw storeErrorOf(error)
        }
      }
    },
  })
}
