/** One try of one delivery: the request, and what is written down of it. */
import type { EntityManager } from 'typeorm'
import type { Database } from '../platform/database.js'
import { OutboundError, type Outbound, type OutboundFault } from '../platform/http/outbound.js'
import type { Secrets } from '../platform/secrets/index.js'
import { storableText } from '../platform/storable-text.js'
import type { Claimed } from './claim.js'
import { delayBefore, parseRetryAfter } from './retry-schedule.js'
import { secretPurpose, type WebhookDisabledReason } from './webhook.entity.js'
import { signatureHeaders } from './webhook-signature.js'

const timeoutMs = 15_000
const excerptBytes = 2_048

export interface Result {
  at: Date
  durationMs: number
  status: number | null
  fault: OutboundFault | null
  excerpt: string | null
  retryAfter: number | null
}

/** Rejects only where `signal` ends it: then nothing is known of it. */
export async function send(
  outbound: Outbound,
  secrets: Secrets,
  delivery: Claimed,
  signal: AbortSignal,
): Promise<Result> {
  const { id, webhookId, url, body } = delivery
  const sealed = [delivery.secret, delivery.formerSecret].filter((secret) => secret !== null)
  const opened = await Promise.all(sealed.map((secret) => secrets.openText(secret, secretPurpose(webhookId))))
  const at = new Date()
  const message = { id: `msg_${id}`, timestamp: Math.floor(at.getTime() / 1_000), body }
  const took = (): number => Date.now() - at.getTime()
  try {
    const answer = await outbound.request(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Mailfleet-Webhooks/1',
        ...signatureHeaders(message, opened),
      },
      body,
      timeoutMs,
      maxBytes: excerptBytes,
      cut: true,
      signal,
    })
    return {
      at,
      durationMs: took(),
      status: answer.status,
      fault: null,
      excerpt: storableText(answer.body.toString()),
      retryAfter: parseRetryAfter(answer.headers['retry-after']),
    }
  } catch (error) {
    if (!(error instanceof OutboundError)) throw error
    // Which names lead inside is nobody's business.
    const fault = error.fault === 'INNER_ADDRESS' ? 'UNREACHABLE' : error.fault
    return { at, durationMs: took(), status: null, fault, excerpt: null, retryAfter: null }
  }
}

export const isTaken = ({ status }: Result): boolean => status !== null && status >= 200 && status < 300

/** Unless another replica took it over meanwhile. */
export async function record(database: Database, replica: string, delivery: Claimed, result: Result): Promise<void> {
  await database.transaction(async (manager) => {
    const [row] = await manager.query(
      `SELECT attempts FROM webhook_delivery WHERE id = $1 AND claimed_by = $2 AND state = 'PENDING' FOR UPDATE`,
      [delivery.id, replica],
    )
    if (!row) return
    const number = row.attempts + 1
    await manager.query(
      `INSERT INTO webhook_attempt (delivery_id, tenant_id, number, at, duration_ms, url, status, fault, excerpt)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
      [
        delivery.id,
        delivery.tenantId,
        number,
        result.at,
        result.durationMs,
        delivery.url,
        result.status,
        result.fault,
        result.excerpt,
      ],
    )
    if (isTaken(result)) await settle(manager, delivery, number, 'DELIVERED')
    else await failed(manager, delivery, number, result)
  })
}

async function settle(
  manager: EntityManager,
  { id, webhookId }: Claimed,
  attempts: number,
  state: 'DELIVERED' | 'FAILED',
): Promise<void> {
  await manager.query(
    `UPDATE webhook_delivery SET state = $2, attempts = $3, finished_at = now(), claimed_by = NULL WHERE id = $1`,
    [id, state, attempts],
  )
  if (state === 'DELIVERED') {
    await manager.query(
      'UPDATE webhook_health SET failing_since = NULL WHERE webhook_id = $1 AND failing_since IS NOT NULL',
      [webhookId],
    )
  }
}

async function failed(manager: EntityManager, delivery: Claimed, attempts: number, result: Result): Promise<void> {
  const { id, webhookId, givesUpAt } = delivery
  const [health] = await manager
    .query(
      `UPDATE webhook_health SET failing_since = coalesce(failing_since, $2) WHERE webhook_id = $1
     RETURNING failing_since < now() - interval '1 day' AS "forLong"`,
      [webhookId, result.at],
    )
    .then(([rows]: [{ forLong: boolean }[], number]) => rows)
  if (result.status === 410) {
    await settle(manager, delivery, attempts, 'FAILED')
    return disable(manager, webhookId, 'GONE')
  }
  const next = new Date(Date.now() + delayBefore(attempts, result.retryAfter))
  if (next > givesUpAt) {
    await settle(manager, delivery, attempts, 'FAILED')
    // Any other that it took in that time would have ended the failing.
    if (health?.forLong) await disable(manager, webhookId, 'FAILING')
    return
  }
  await manager.query(
    'UPDATE webhook_delivery SET attempts = $2, next_attempt_at = $3, claimed_by = NULL WHERE id = $1',
    [id, attempts, next],
  )
}

/** Written down in the audit trail, where it is a change that other webhooks can tell of. */
export async function disable(manager: EntityManager, webhookId: string, reason: WebhookDisabledReason): Promise<void> {
  await manager.query(
    `UPDATE webhook SET status = 'DISABLED', disabled_reason = $2, disabled_at = now(), version = version + 1, updated_at = now()
     WHERE id = $1 AND status <> 'DISABLED'`,
    [webhookId, reason],
  )
}
