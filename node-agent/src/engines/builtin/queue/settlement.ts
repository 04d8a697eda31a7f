/** From the outcomes of an attempt to what the database, the log and the sender get, in one transaction. */
import type { MailEvent, NodeSettingsResource } from '@mailfleet/schema'
import { normalizeAddress } from '@mailfleet/schema'
import type { MessageContent } from '../message/message-content.js'
import type { ReportedRecipient } from './outbound-queue.js'
import { deferred } from './outcome.js'
import type { Outcome } from './outcome.js'
import type { EntryRow, NewEntry, RecipientRow, Settled, Settlement, StoredEntry } from './queue-operations.js'
import type { RunnerDeps } from './runner-deps.js'
import type { Waiting } from './schedule.js'

export interface SettledAttempt {
  /** `retry` null: nothing is owed any more. */
  items: { item: Waiting; retry: Pick<Waiting, 'attempt' | 'dueAt' | 'lastReply'> | null }[]
  notification: { entry: NewEntry; stored: StoredEntry } | null
}

interface Verdict {
  item: Waiting
  row: RecipientRow
  outcome: Outcome
  expired: boolean
}

/** A bounce that cannot be stored is tried again with its recipient: soon, but not at once. */
const bounceRetryDelay = 60_000

/** `write` decides how hard to try to have the settlement on disk. */
export async function settle(
  deps: RunnerDeps,
  entry: EntryRow,
  items: Waiting[],
  outcomes: Map<string, Outcome>,
  write: (attempt: () => Promise<Settled>) => Promise<Settled>,
): Promise<SettledAttempt> {
  const { directory, writer, reader, bodies, clock, bouncer } = deps
  const rows = new Map(reader.recipients(entry.id).map((row) => [row.id, row]))
  const now = clock.now()
  const settings = directory.settings()
  const events: MailEvent[] = []
  const settlement: Settlement = {
    entryId: entry.id,
    done: [],
    deferred: [],
    delayNoticed: false,
    notification: null,
    clock: clock.reading(),
  }
  const result: SettledAttempt['items'] = []
  const message = messageOf(entry, bodies.content(entry))
  const done = (item: Waiting): void => {
    settlement.done.push(item.recipientId)
    result.push({ item, retry: null })
  }
  const defer = ({ item, row, outcome }: Verdict, dueAt: number): void => {
    const attempt = item.attempt + 1
    settlement.deferred.push({ id: item.recipientId, dueAt, reply: outcome.text })
    events.push({ ...eventOf('DEFERRED', entry, row, outcome, attempt), nextAttemptAt: clock.toWall(dueAt) })
    result.push({ item, retry: { attempt, dueAt, lastReply: outcome.text } })
  }

  const refused: (Verdict & { failure: ReportedRecipient })[] = []
  const relayed: ReportedRecipient[] = []
  for (const item of items) {
    const row = rows.get(item.recipientId)
    const outcome = outcomes.get(item.address)!
    if (row === undefined) {
      result.push({ item, retry: null })
      continue
    }
    const expired = outcome.kind === 'deferred' && now >= item.queuedAt + settings.maxQueueAge * 1_000
    const verdict = { item, row, outcome, expired }
    if (outcome.kind === 'relayed') {
      done(item)
      events.push(eventOf('RELAYED', entry, row, outcome, item.attempt + 1))
      if (!outcome.takesNotification) relayed.push(reportOf('relayed', row, outcome))
    } else if (outcome.kind === 'removed') {
      done(item)
      events.push(eventOf('DELETED', entry, row, outcome, item.attempt))
    } else if (outcome.kind === 'deferred' && !expired) defer(verdict, nextDue(item, settings, now))
    else refused.push({ ...verdict, failure: failureOf(row, outcome, expired) })
  }
  // Once a message, of all that waits by then, whichever attempt it is that finds the time over.
  const late = !entry.delay_noticed && now >= entry.queued_at + deps.delayNoticeAfter
  const ended = new Set([...settlement.done, ...refused.map(({ item }) => item.recipientId)])
  const delayed = late ? [...rows.values()].filter(({ id }) => !ended.has(id)) : []
  const lastWord = new Map(settlement.deferred.map(({ id, reply }) => [id, reply]))
  settlement.delayNoticed = delayed.length > 0
  const reports = [
    ...refused.map(({ failure }) => failure),
    ...relayed,
    ...delayed.map((row) => delayOf(row, lastWord.get(row.id) ?? row.last_reply)),
  ]
  try {
    settlement.notification = await bouncer.notify(message, reports)
    for (const { item, failure } of refused) {
      done(item)
      events.push(bouncer.event(message, failure, item.attempt + 1))
    }
  } catch (error) {
    settlement.delayNoticed = false
    // Their sender must be told, later. What the others have got must be written down now, or they would get it again.
    deps.logger.error({ err: error, transactionId: entry.transaction_id }, 'a bounce cannot be stored now')
    for (const verdict of refused)
      defer(verdict, verdict.expired ? now + bounceRetryDelay : nextDue(verdict.item, settings, now))
  }
  if (settlement.notification) events.push(...bouncer.queuedEvents(settlement.notification))
  const { freed, notification } = await write(() =>
    writer.call<Settled>('settle', { ...settlement, clock: clock.reading() }, events),
  )
  if (freed !== null) await bodies.remove(freed)
  return {
    items: result,
    notification: notification && { entry: settlement.notification!, stored: notification },
  }
}

const messageOf = (entry: EntryRow, content: MessageContent) => ({
  transactionId: entry.transaction_id,
  reversePath: entry.reverse_path,
  messageId: entry.message_id,
  subject: entry.subject,
  content,
  request: { ret: entry.ret, envelopeId: entry.envelope_id, tls: entry.tls },
})

/** The schedule's delay with up to a fifth of jitter, so that what failed together does not come back together. */
function nextDue(item: Waiting, { retryDelays, maxQueueAge }: NodeSettingsResource, now: number): number {
  const delay = retryDelays[Math.min(item.attempt, retryDelays.length - 1)]! * 1_000
  const due = now + Math.round(delay * (0.9 + 0.2 * Math.random()))
  // The last attempt comes when the time is over, not after.
  return Math.max(now + 1_000, Math.min(due, item.queuedAt + maxQueueAge * 1_000))
}

const reportOf = (action: ReportedRecipient['action'], row: RecipientRow, outcome: Outcome): ReportedRecipient => ({
  action,
  address: row.address,
  ...(row.original_recipient !== null && { originalRecipient: row.original_recipient }),
  domainId: row.domain_id,
  ...(row.mailbox_id !== null && { mailboxId: row.mailbox_id }),
  request: { notify: row.notify, originalRecipient: row.orcpt },
  status: outcome.status,
  diagnostic: outcome.text,
  remoteHost: outcome.remoteHost,
  ...(outcome.replyCode !== null && { replyCode: outcome.replyCode }),
})

const failureOf = (row: RecipientRow, outcome: Outcome, expired: boolean): ReportedRecipient => ({
  ...reportOf('failed', row, outcome),
  // RFC 3463 X.4.7: the time for it has passed.
  ...(expired && {
    status: '5.4.7',
    diagnostic: `Not delivered in time; the last reply was: ${outcome.text}`.slice(0, 512),
  }),
})

const delayOf = (row: RecipientRow, reply: string | null): ReportedRecipient =>
  reportOf('delayed', row, deferred('4.4.7', `Not delivered yet; the last reply was: ${reply ?? 'none'}`.slice(0, 512)))

function eventOf(
  type: 'RELAYED' | 'DEFERRED' | 'DELETED',
  entry: EntryRow,
  row: RecipientRow,
  outcome: Outcome,
  attempt: number,
): MailEvent {
  return {
    type,
    at: Date.now(),
    transactionId: entry.transaction_id,
    domainId: row.domain_id,
    mailboxId: row.mailbox_id,
    direction: 'OUT',
    sender: (normalizeAddress(entry.reverse_path) ?? entry.reverse_path).slice(0, 320),
    recipient: row.address,
    originalRecipient: row.original_recipient,
    messageId: entry.message_id,
    subject: entry.subject,
    size: entry.size,
    remoteHost: outcome.remoteHost?.slice(0, 260) ?? null,
    tls: outcome.tls?.slice(0, 64) ?? null,
    ...(outcome.tlsPolicy && { tlsPolicy: outcome.tlsPolicy.slice(0, 128) }),
    replyCode: outcome.replyCode,
    enhancedCode: outcome.status,
    replyText: outcome.text,
    attempt,
  }
}
