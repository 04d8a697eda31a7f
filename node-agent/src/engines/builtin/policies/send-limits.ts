/**
 * The limits on how much a mailbox sends, and this node's shares of what its tenants may send in a day. Counts are durable: a restart
 * gives nobody a new allowance.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MailboxResource, PolicyOrigin } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import { isDamaged, setAside } from '../../../durable/set-aside.js'
import { Writer } from '../../../durable/writer.js'
import type { Broken, DayShare, SendLimit, SendLimits as Limits, SendRequest } from './send-counts-operations.js'

/** `SENDS_PER_DAY`: the share of a tenant's budget that this node has. */
export interface UsedBudget {
  kind: 'SENDS_PER_DAY'
  tenantId: string
}

export interface BrokenLimit {
  kind: 'MESSAGES_PER_HOUR' | 'MESSAGES_PER_DAY' | 'RECIPIENTS_PER_DAY'
  limit: number
  origin: PolicyOrigin | null
}

export interface SendLimits {
  /** Counts a message, or says which limit it would break; then nothing is counted. */
  take(mailbox: MailboxResource, recipients: number): Promise<BrokenLimit | UsedBudget | null>
  giveBack(mailbox: MailboxResource, recipients: number): Promise<void>
}

export interface OpenedSendLimits extends SendLimits {
  readonly writer: Writer
  close(): Promise<void>
}

const kinds = {
  messagesPerHour: 'MESSAGES_PER_HOUR',
  messagesPerDay: 'MESSAGES_PER_DAY',
  recipientsPerDay: 'RECIPIENTS_PER_DAY',
} as const satisfies Record<SendLimit, BrokenLimit['kind']>
const names = Object.keys(kinds) as SendLimit[]

export async function openSendLimits(options: {
  dataDir: string
  directory: Directory
  clock?: () => number
}): Promise<OpenedSendLimits> {
  const { directory, clock = Date.now } = options
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 })
  const path = join(options.dataDir, 'sent.db')
  const open = (): Promise<Writer> =>
    Writer.open({ name: 'sent', path, operations: new URL(`./send-counts-operations${extension}`, import.meta.url) })
  const writer = await open().catch((error: unknown) => {
    // Counts are worth less than a node that starts.
    if (!isDamaged(error) || !existsSync(path)) throw error
    setAside(path, new Date(clock()))
    return open()
  })

  const policies = (mailbox: MailboxResource) => names.map((name) => directory.policy(kinds[name], mailbox))
  function sharesOf(mailbox: MailboxResource): DayShare[] {
    const domain = directory.domainById(mailbox.domainId)
    const today = new Date(clock()).toISOString().slice(0, 10)
    return (domain ? directory.sendBudgetsOf(domain) : []).map(({ tenantId, day, granted, nextDays }) => ({
      tenantId,
      // Ahead of us the control plane's clock decides: midnight comes once.
      day: day > today ? day : today,
      messages: day >= today ? granted : nextDays,
    }))
  }
  /** Nothing is counted where nothing is limited: that costs an fsync. */
  const isLimited = (mailbox: MailboxResource): boolean =>
    policies(mailbox).some(({ value }) => value !== null) || sharesOf(mailbox).length > 0

  return {
    writer,
    async take(mailbox, recipients) {
      if (!isLimited(mailbox)) return null
      const [hour, day, perDay] = policies(mailbox).map(({ value }) => value)
      const limits: Limits = { messagesPerHour: hour!, messagesPerDay: day!, recipientsPerDay: perDay! }
      const request = { mailboxId: mailbox.id, now: clock(), recipients, limits, shares: sharesOf(mailbox) }
      const broken = await writer.call<Broken | null>('take', request satisfies SendRequest)
      if (broken === null) return null
      if ('tenantId' in broken) return { kind: 'SENDS_PER_DAY', tenantId: broken.tenantId }
      const { value, origin, kind } = directory.policy(kinds[broken.limit], mailbox)
      return { kind, limit: value ?? 0, origin }
    },
    async giveBack(mailbox, recipients) {
      if (!isLimited(mailbox)) return
      await writer.call('giveBack', { mailboxId: mailbox.id, now: clock(), recipients, shares: sharesOf(mailbox) })
    },
    close: () => writer.close(),
  }
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
