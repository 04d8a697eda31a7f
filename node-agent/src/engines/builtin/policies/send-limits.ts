/** The limits on how much a mailbox sends. Counts are durable: a restart gives nobody a new allowance. */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { MailboxResource, PolicyOrigin } from '@mailfleet/schema'
import type { Directory } from '../../../config/directory.js'
import { isDamaged, setAside } from '../../../durable/set-aside.js'
import { Writer } from '../../../durable/writer.js'
import type { SendLimit, SendLimits as Limits } from './send-counts-operations.js'

export interface BrokenLimit {
  kind: 'MESSAGES_PER_HOUR' | 'MESSAGES_PER_DAY' | 'RECIPIENTS_PER_DAY'
  limit: number
  origin: PolicyOrigin | null
}

export interface SendLimits {
  /** Counts a message, or says which limit it would break; then nothing is counted. */
  take(mailbox: MailboxResource, recipients: number): Promise<BrokenLimit | null>
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
  /** Nothing is counted where nothing is limited: that costs an fsync. */
  const isLimited = (mailbox: MailboxResource): boolean => policies(mailbox).some(({ value }) => value !== null)

  return {
    writer,
    async take(mailbox, recipients) {
      if (!isLimited(mailbox)) return null
      const [hour, day, perDay] = policies(mailbox).map(({ value }) => value)
      const limits: Limits = { messagesPerHour: hour!, messagesPerDay: day!, recipientsPerDay: perDay! }
      const request = { mailboxId: mailbox.id, now: clock(), recipients, limits }
      const broken = await writer.call<SendLimit | null>('take', request)
      if (broken === null) return null
      const { value, origin, kind } = directory.policy(kinds[broken], mailbox)
      return { kind, limit: value ?? 0, origin }
    },
    async giveBack(mailbox, recipients) {
      if (isLimited(mailbox)) await writer.call('giveBack', { mailboxId: mailbox.id, now: clock(), recipients })
    },
    close: () => writer.close(),
  }
}

const extension = import.meta.url.endsWith('.ts') ? '.ts' : '.js'
