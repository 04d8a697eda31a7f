/** Commands on the messages of one mailbox, by its id. */
import { openContent } from './content/open-content.js'
import { prepareContent, type PreparedContent } from './content/incoming.js'
import { findText } from './full-text/find-text.js'
import { flagMask, internFlags, parseFlags } from './flags.js'
import { StoreError, type MailStore } from './mail-store.js'
import type { CopyResult, StoreFlagsResult } from './shard/protocol.js'
import type { Shard } from './shard/shard.js'
import { damagedEntry, isUndecided, storeErrorOf } from './store-error.js'
import { locate, type Located, type StoreParts } from './store-parts.js'

type MessageCommands = Pick<
  MailStore,
  | 'status'
  | 'snapshot'
  | 'listing'
  | 'changesSince'
  | 'watch'
  | 'messages'
  | 'columns'
  | 'findText'
  | 'open'
  | 'append'
  | 'storeFlags'
  | 'expunge'
  | 'copy'
>

/** A flag change of very many messages is several transactions, so that deliveries need not wait for it. */
const uidsPerTransaction = 5_000

export function createMessageCommands(parts: StoreParts): MessageCommands {
  const { summarize, quotaOf, watchers } = parts
  const located = (mailboxId: number): Located => locate(parts, mailboxId)
  const contentNamer = (shard: Shard) => (id: number) => `${shard.reader.storeId}-${shard.index}-${id}`
  const changed = (...mailboxIds: number[]): void => mailboxIds.forEach((id) => watchers.changed(id))

  function quotaOfMailbox({ shard, local }: Located): number | null {
    const accountId = shard.reader.ownerOf(local)
    if (accountId === undefined) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is gone')
    return quotaOf(accountId)
  }

  return {
    async status(mailboxId) {
      const { shard, local } = located(mailboxId)
      return shard.reader.status(local)
    },

    async snapshot(mailboxId) {
      const { shard, local } = located(mailboxId)
      return shard.reader.snapshot(local)
    },

    async listing(mailboxId) {
      const { shard, local } = located(mailboxId)
      return shard.reader.listing(local)
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

    async findText(mailboxId, queries) {
      const { shard, local } = located(mailboxId)
      const accountId = shard.reader.ownerOf(local)
      if (accountId === undefined) throw new StoreError('NO_SUCH_MAILBOX', 'the mailbox is gone')
      return findText(shard.folder, accountId, local, queries)
    },

    async columns(mailboxId, uids, columns) {
      const { shard, local } = located(mailboxId)
      return shard.reader.columns(local, uids, columns, () => parts.met(damagedEntry(null)))
    },

    async open(mailboxId, uid) {
      const { shard, local } = located(mailboxId)
      return openContent(shard, local, uid)
    },

    async append(mailboxId, given, replaces) {
      const place = located(mailboxId)
      const { shard, local } = place
      const quota = quotaOfMailbox(place)
      const old = replaces ? located(replaces.mailboxId) : null
      const uid = replaces?.uid ?? 0
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
          { mailbox: local, quota, messages, replaces: old?.shard === shard ? { mailbox: old.local, uid } : null },
          transfer,
        )
        if (old && old.shard !== shard)
          await old.shard.call('expunge', { mailbox: old.local, uids: [uid], force: true })
        changed(mailboxId, ...(replaces ? [replaces.mailboxId] : []))
        return result
      } catch (error) {
        const failure = storeErrorOf(error)
        if (!isUndecided(failure)) await Promise.all(prepared.map((content) => content.discard()))
        throw failure
      }
    },

    async storeFlags(mailboxId, uids, mode, flags, unchangedSince, rights) {
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
          allowed: rights ? flagMask(rights) : null,
        })
        for (const { uid, system, keywords, modSeq } of modified)
          result.modified.push({ uid, flags: internFlags(system, keywords), modSeq })
        for (const uid of failed) result.failed.push(uid)
        changed(mailboxId)
      }
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
  }
}

const ascending = (uids: number[]): number[] => [...new Set(uids)].sort((a, b) => a - b)
