/**
 * What became of one message, over all nodes that had it: the events of its transaction and, since each hop begins a transaction of its own,
 * those of the same Message-ID around that time. Of what the viewer may see; a Message-ID that somebody forged joins nothing
 * that they may not see anyway.
 */
import type { AdminContext } from '../access/index.js'
import { newestMailEvents } from './mail-event.queries.js'
import type { MessageTimeline } from './mail-event.types.js'

const maxEvents = 500
/** A message waits in a queue for days; another one of the same Message-ID may come years later. */
const aroundMs = 10 * 86_400_000

export async function messageTimeline(context: AdminContext, transactionId: string): Promise<MessageTimeline> {
  const own = await newestMailEvents(context, { transactionId }, maxEvents + 1)
  const events = new Map(own.map((event) => [event.id, event]))
  const messageIds = [...new Set(own.flatMap(({ messageId }) => messageId ?? []))]
  // A transaction has one message; its notification is another, with a transaction of its own.
  const [messageId] = messageIds
  if (messageId !== undefined && messageId !== '') {
    const times = own.map(({ at }) => at.getTime())
    const since = new Date(Math.min(...times) - aroundMs)
    const until = new Date(Math.max(...times) + aroundMs)
    const related = await newestMailEvents(context, { messageId, since, until }, maxEvents + 1)
    for (const event of related) events.set(event.id, event)
  }
  const all = [...events.values()].sort((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1))
  return {
    events: all.slice(0, maxEvents),
    isComplete: all.length <= maxEvents,
    transactions: new Set(all.flatMap((event) => event.transactionId ?? [])).size,
  }
}
