/** Delivery: one message for accounts of several shards, each recipient with an outcome of its own. */
import type { MessageContent, MessageSummary } from '../message/message-content.js'
import { prepareContent, type PreparedContent } from './content/incoming.js'
import { parseFlags } from './flags.js'
import { StoreError, type Delivery, type MailStore } from './mail-store.js'
import { normalizeMailboxName } from './mailbox-name.js'
import type { DeliverArgs, DeliverResult, IncomingDelivery } from './shard/protocol.js'
import { globalMailboxId, type Shard } from './shard/shard.js'
import { isUndecided, storeErrorOf } from './store-error.js'
import { listChanged, shardOf, type StoreParts } from './store-parts.js'

export function createDeliver(parts: StoreParts): MailStore['deliver'] {
  const { summarize, quotaOf, watchers } = parts

  async function deliverTo(
    shard: Shard,
    content: MessageContent,
    summary: MessageSummary,
    deliveries: IncomingDelivery[],
    receivedAt: number,
    told: Pick<DeliverArgs, 'events' | 'storedElsewhere'>,
  ): Promise<(StoreError | null)[]> {
    let prepared: PreparedContent | null = null
    let results: DeliverResult[]
    try {
      prepared = await prepareContent(shard.folder, content, summary)
      const args: DeliverArgs = { content: prepared.incoming, deliveries, receivedAt, ...told }
      results = await shard.call<DeliverResult[]>('deliver', args, prepared.transfer)
    } catch (error) {
      const failure = storeErrorOf(error)
      parts.met(failure)
      if (!isUndecided(failure)) await prepared?.discard()
      return deliveries.map(() => failure)
    }
    if (results.every(({ error }) => error !== null)) await prepared.discard()
    return results.map((result, index) => {
      if (result.error) return new StoreError(result.error.code, result.error.message)
      watchers.changed(globalMailboxId(shard.index, result.mailbox))
      const { accountId, mailbox } = deliveries[index]!
      // It may have been made for this.
      if (mailbox !== 'INBOX') listChanged(parts, shard, accountId)
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

  return async (content, deliveries, receivedAt = Date.now(), events = []) => {
    const outcomes: (StoreError | null)[] = deliveries.map(() => null)
    const groups = new Map<Shard, { index: number; delivery: IncomingDelivery }[]>()
    deliveries.forEach((delivery, index) => {
      try {
        const shard = shardOf(parts, delivery.accountId)
        const entry = { index, delivery: incomingDelivery(delivery) }
        groups.set(shard, [...(groups.get(shard) ?? []), entry])
      } catch (error) {
        outcomes[index] = storeErrorOf(error)
      }
    })
    if (groups.size === 0) return outcomes
    const summary = await summarize(content)
    const deliverGroup = async (
      shard: Shard,
      told: Pick<DeliverArgs, 'events' | 'storedElsewhere'> = { events: [], storedElsewhere: false },
    ): Promise<void> => {
      const entries = groups.get(shard)!
      const given = entries.map(({ delivery }) => delivery)
      const results = await deliverTo(shard, content, summary, given, receivedAt, told)
      results.forEach((result, position) => (outcomes[entries[position]!.index] = result))
    }
    const shards = [...groups.keys()]
    if (events.length === 0) {
      await Promise.all(shards.map((shard) => deliverGroup(shard)))
      return outcomes
    }
    // The transaction's own events go with the last shard, once all others have said how it went.
    const last = shards.pop()!
    await Promise.all(shards.map((shard) => deliverGroup(shard)))
    const others = shards.flatMap((shard) => groups.get(shard)!.map(({ index }) => outcomes[index]))
    const certain = others.every((outcome) => outcome?.code !== 'UNAVAILABLE')
    await deliverGroup(last, { events: certain ? events : [], storedElsewhere: others.includes(null) })
    return outcomes
  }
}
