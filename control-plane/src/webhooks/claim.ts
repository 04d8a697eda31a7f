/**
 * Which deliveries are sent next. A claimed one is due again after some time: if this process dies with it, another one takes it. Rows of
 * `webhook_health` are locked meanwhile, so that all replicas together send a receiver no more at once than it gets.
 *
 * The receiver that has waited longest comes first, and those that fail share half of what there is: however many of them hang,
 * the others are served.
 */
import type { EntityManager } from 'typeorm'
import type { Database } from '../platform/database.js'
import { ownerIsActive } from './owner-rights.js'

const concurrency = 8
const concurrencyWhileFailing = 1
/** More than one try can take. */
const claimSeconds = 90

export interface Claimed {
  id: string
  webhookId: string
  tenantId: string
  url: string
  body: string
  attempts: number
  givesUpAt: Date
  /** Sealed; the former one null where it does not sign any more. */
  secret: Buffer
  formerSecret: Buffer | null
  failing: boolean
}

export interface Room {
  slots: number
  /** Of these, at most so many for those that fail. */
  failing: number
}

/** Whether the webhook's tenant is still above what the delivery tells of. */
const isPermitted = `coalesce((SELECT tenant.path FROM tenant WHERE tenant.id = due.subject_tenant_id), due.subject_path) <@ owner.path
  OR (due.subject_path IS NULL AND owner.kind = 'PLATFORM')`

const isDue = `waiting.state = 'PENDING' AND waiting.next_attempt_at <= now() AND (webhook.status = 'ACTIVE' OR waiting.by_hand)`

const select = `
  SELECT due.id, due.webhook_id AS "webhookId", due.tenant_id AS "tenantId", webhook.url, due.body, due.attempts,
    due.gives_up_at AS "givesUpAt", webhook.sealed_secret AS secret,
    CASE WHEN webhook.former_secret_until > now() THEN webhook.sealed_former_secret END AS "formerSecret",
    ready.failing, coalesce(${isPermitted}, false) AS permitted
  FROM (
    SELECT health.webhook_id, health.failing_since IS NOT NULL AS failing, health.turn_at,
      CASE WHEN health.failing_since IS NULL THEN ${concurrency} ELSE ${concurrencyWhileFailing} END - under_way.count AS free
    FROM webhook_health AS health
    JOIN webhook ON webhook.id = health.webhook_id
    JOIN tenant AS owner ON owner.id = webhook.tenant_id
    CROSS JOIN LATERAL (
      SELECT count(*) AS count FROM webhook_delivery AS sent
      WHERE sent.webhook_id = webhook.id AND sent.claimed_by IS NOT NULL AND sent.next_attempt_at > now()
    ) AS under_way
    WHERE EXISTS (SELECT FROM webhook_delivery AS waiting WHERE waiting.webhook_id = webhook.id AND ${isDue})
      AND CASE WHEN health.failing_since IS NULL THEN under_way.count < ${concurrency}
        ELSE $2 > 0 AND under_way.count < ${concurrencyWhileFailing} END
      AND ${ownerIsActive}
    ORDER BY failing, health.turn_at LIMIT 2 * $1 FOR UPDATE OF health SKIP LOCKED
  ) AS ready
  JOIN webhook ON webhook.id = ready.webhook_id
  JOIN tenant AS owner ON owner.id = webhook.tenant_id
  CROSS JOIN LATERAL (
    SELECT waiting.* FROM webhook_delivery AS waiting
    WHERE waiting.webhook_id = webhook.id AND ${isDue}
    ORDER BY waiting.next_attempt_at, waiting.ordinal LIMIT ready.free
  ) AS due
  ORDER BY row_number() OVER (PARTITION BY due.webhook_id ORDER BY due.next_attempt_at, due.ordinal), ready.turn_at`

export async function claimDue(database: Database, replica: string, room: Room): Promise<Claimed[]> {
  if (room.slots <= 0) return []
  return database.transaction(async (manager) => {
    const found: (Claimed & { permitted: boolean })[] = await manager.query(select, [room.slots, room.failing])
    const refused = found.filter(({ permitted }) => !permitted).map(({ id }) => id)
    if (refused.length > 0) {
      await manager.query(
        `UPDATE webhook_delivery SET state = 'CANCELLED', finished_at = now() WHERE id = ANY($1::uuid[])`,
        [refused],
      )
    }
    const taken: Claimed[] = []
    let failing = room.failing
    for (const delivery of found.filter(({ permitted }) => permitted)) {
      if (taken.length === room.slots) break
      if (delivery.failing && failing-- <= 0) continue
      taken.push(delivery)
    }
    return taken.length === 0 ? [] : mark(manager, replica, taken)
  })
}

/** Another replica may have taken some between the look and the lock; those are its. */
async function mark(manager: EntityManager, replica: string, taken: readonly Claimed[]): Promise<Claimed[]> {
  const [marked]: [{ id: string }[], number] = await manager.query(
    `UPDATE webhook_delivery SET claimed_by = $2, next_attempt_at = now() + make_interval(secs => ${claimSeconds})
     WHERE id = ANY($1::uuid[]) AND state = 'PENDING' AND next_attempt_at <= now() RETURNING id`,
    [taken.map(({ id }) => id), replica],
  )
  await manager.query('UPDATE webhook_health SET turn_at = clock_timestamp() WHERE webhook_id = ANY($1::uuid[])', [
    [...new Set(taken.map(({ webhookId }) => webhookId))],
  ])
  const ids = new Set(marked.map(({ id }) => id))
  return taken.filter(({ id }) => ids.has(id))
}
