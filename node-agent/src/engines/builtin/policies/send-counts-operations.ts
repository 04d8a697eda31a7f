/**
 * What each mailbox has sent within the last day, as run inside its writer thread: counts by five minutes, so that any hour and any day
 * is looked at and not the one on the clock. To look and to count is one step: of many sessions at once none slips through.
 */
import type Database from 'better-sqlite3'
import { migrate } from '../../../durable/migrate.js'
import type { Operations } from '../../../durable/operations.js'

export interface SendLimits {
  messagesPerHour: number | null
  messagesPerDay: number | null
  recipientsPerDay: number | null
}
export type SendLimit = keyof SendLimits

/** What may be sent in the day of `day`, of one tenant and all below it. */
export interface DayShare {
  tenantId: string
  /** `YYYY-MM-DD`, of UTC. */
  day: string
  messages: number
}

export interface SendRequest {
  mailboxId: string
  /** Milliseconds since 1970. */
  now: number
  recipients: number
  limits: SendLimits
  shares: DayShare[]
}

/** The limit that a message would break; `tenantId` of a share. */
export type Broken = { limit: SendLimit } | { tenantId: string }

const slotMs = 300_000
const slotsPerHour = 12
const slotsPerDay = 288

const migrations = [
  `CREATE TABLE sent (mailbox_id TEXT NOT NULL, slot INTEGER NOT NULL, messages INTEGER NOT NULL, recipients INTEGER NOT NULL,
     PRIMARY KEY (mailbox_id, slot)) WITHOUT ROWID;`,
  `CREATE TABLE sent_in_day (tenant_id TEXT PRIMARY KEY, day TEXT NOT NULL, messages INTEGER NOT NULL) WITHOUT ROWID;`,
]

export function open(db: Database.Database): Operations {
  migrate(db, migrations, 'the counts of sent mail')
  // A clock that went back leaves later slots behind: those within the hour still count, others would hold for years.
  const prune = db.prepare('DELETE FROM sent WHERE mailbox_id = ? AND (slot <= ? OR slot > ?)')
  const read = db.prepare(`SELECT coalesce(sum(CASE WHEN slot > :hour THEN messages END), 0) AS messagesPerHour,
    coalesce(sum(messages), 0) AS messagesPerDay, coalesce(sum(recipients), 0) AS recipientsPerDay
    FROM sent WHERE mailbox_id = :mailboxId`)
  const add =
    db.prepare(`INSERT INTO sent VALUES (:mailboxId, :slot, :messages, :recipients) ON CONFLICT (mailbox_id, slot)
    DO UPDATE SET messages = max(0, messages + excluded.messages), recipients = max(0, recipients + excluded.recipients)`)

  // One row a tenant: yesterday is over. The day never goes back with the clock: that would give a share twice.
  const readDay = db.prepare('SELECT day, messages FROM sent_in_day WHERE tenant_id = ?')
  const addToDay = db.prepare(`INSERT INTO sent_in_day VALUES (:tenantId, :day, :messages) ON CONFLICT (tenant_id)
    DO UPDATE SET day = excluded.day, messages = max(0, excluded.messages +
      CASE WHEN sent_in_day.day = excluded.day THEN sent_in_day.messages ELSE 0 END)`)
  const countedDay = (tenantId: string, today: string): { day: string; messages: number } => {
    const row = readDay.get(tenantId) as { day: string; messages: number } | undefined
    return row && row.day >= today ? row : { day: today, messages: 0 }
  }

  return {
    operations: {
      /** The limit that the message would break, and nothing is counted; or null, and it is. */
      take({ mailboxId, now, recipients, limits, shares }: SendRequest): Broken | null {
        const slot = Math.floor(now / slotMs)
        prune.run(mailboxId, slot - slotsPerDay, slot + slotsPerHour)
        const sent = read.get({ mailboxId, hour: slot - slotsPerHour }) as Record<SendLimit, number>
        const more = { messagesPerHour: 1, messagesPerDay: 1, recipientsPerDay: recipients }
        for (const name of Object.keys(more) as SendLimit[]) {
          const limit = limits[name]
          if (limit !== null && sent[name] + more[name] > limit) return { limit: name }
        }
        const days = shares.map((share) => ({ ...share, counted: countedDay(share.tenantId, share.day) }))
        const used = days.find(({ counted, messages }) => counted.messages + 1 > messages)
        if (used) return { tenantId: used.tenantId }
        add.run({ mailboxId, slot, messages: 1, recipients })
        for (const { tenantId, counted } of days) addToDay.run({ tenantId, day: counted.day, messages: 1 })
        return null
      },

      /** For a message that was counted and not accepted after all. */
      giveBack({ mailboxId, now, recipients, shares }: Omit<SendRequest, 'limits'>) {
        add.run({ mailboxId, slot: Math.floor(now / slotMs), messages: -1, recipients: -recipients })
        for (const { tenantId, day } of shares) {
          const counted = countedDay(tenantId, day)
          if (counted.day === day && counted.messages > 0) addToDay.run({ tenantId, day, messages: -1 })
        }
      },
    } as Operations['operations'],
  }
}
