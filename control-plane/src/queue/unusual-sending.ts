/**
 * Holds what a mailbox sends that begins to send to far more recipients than it should: somebody else may have its password. Counted
 * for the whole fleet as nodes tell what was submitted, so that it survives any restart; nothing is lost, and no other mailbox is
 * touched. The hold is as any other, and so in the audit trail, told by webhooks and shown in the console.
 *
 * It takes both: more than the policy UNUSUAL_SENDING says within a clock hour, and more than three times the busiest hour of the
 * last week. Who sends a newsletter each Tuesday goes on doing so.
 */
import { effectivePolicy } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { isId, newId } from '../platform/ids.js'
import { readLayers } from '../policies/index.js'

interface ToldRow {
  type: string
  at: string
  protocol: string | null
  domain_id: string | null
  mailbox_id: string | null
}

interface CountedRow {
  mailbox_id: string
  recipients: number
}

interface PlaceRow {
  id: string
  domainId: string
  tenantId: string
  tenantPath: string
}

/** What a node tells later than this is over. */
const countedForMs = 3_600_000
const usualFactor = 3
const usualDays = 7

const count = `
  INSERT INTO mailbox_sends AS sends (mailbox_id, hour, recipients)
  SELECT mailbox.id, date_trunc('hour', now()), told.recipients
  FROM unnest($1::uuid[], $2::uuid[], $3::integer[]) AS told (mailbox_id, domain_id, recipients)
  JOIN mailbox ON mailbox.id = told.mailbox_id AND mailbox.domain_id = told.domain_id
  ORDER BY mailbox.id
  ON CONFLICT (mailbox_id, hour) DO UPDATE SET recipients = least(1000000000, sends.recipients + excluded.recipients)
  RETURNING mailbox_id, recipients, is_excused`

/** Of what was counted, the mailboxes for which it is more than usual. */
const unusual = `
  SELECT told.mailbox_id, told.recipients FROM unnest($1::uuid[], $2::integer[]) AS told (mailbox_id, recipients)
  WHERE told.recipients > ${usualFactor} * coalesce((
    SELECT max(past.recipients) FROM mailbox_sends AS past
    WHERE past.mailbox_id = told.mailbox_id AND past.hour < date_trunc('hour', now())), 0)`

export async function noteSending(manager: EntityManager, rows: readonly ToldRow[]): Promise<void> {
  const since = Date.now() - countedForMs
  const sent = new Map<string, { domainId: string; recipients: number }>()
  for (const { type, at, protocol, domain_id, mailbox_id } of rows) {
    if (type !== 'QUEUED' || protocol !== 'SUBMISSION' || domain_id === null || mailbox_id === null) continue
    if (!isId(mailbox_id) || Date.parse(at) < since) continue
    const known = sent.get(mailbox_id)
    sent.set(mailbox_id, { domainId: domain_id, recipients: (known?.recipients ?? 0) + 1 })
  }
  if (sent.size === 0) return
  const told = [...sent.values()]
  const counted: (CountedRow & { is_excused: boolean })[] = await manager.query(count, [
    [...sent.keys()],
    told.map(({ domainId }) => domainId),
    told.map(({ recipients }) => recipients),
  ])
  const looked = counted.filter(({ is_excused }) => !is_excused)
  const much: CountedRow[] = await manager.query(unusual, [
    looked.map((row) => row.mailbox_id),
    looked.map(({ recipients }) => recipients),
  ])
  if (much.length > 0) await holdThose(manager, much)
}

async function holdThose(manager: EntityManager, much: readonly CountedRow[]): Promise<void> {
  const places: PlaceRow[] = await manager.query(
    `SELECT mailbox.id, domain.id AS "domainId", tenant.id AS "tenantId", tenant.path::text AS "tenantPath"
     FROM mailbox JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id
     WHERE mailbox.id = ANY($1::uuid[]) ORDER BY mailbox.id`,
    [much.map((row) => row.mailbox_id)],
  )
  const layers = await readLayers(
    (sql, parameters) => manager.query(sql, parameters),
    places.map(({ id, domainId, tenantPath }) => ({
      tenantPath,
      domainId,
      mailbox: { id, quotaBytes: null, version: 0 },
    })),
  )
  const recipientsOf = new Map(much.map((row) => [row.mailbox_id, row.recipients]))
  const over = places.flatMap((place, index) => {
    const most = effectivePolicy('UNUSUAL_SENDING', layers[index]!).value
    const recipients = recipientsOf.get(place.id)!
    return most !== null && recipients > most ? [{ ...place, note: `${recipients} > ${most} / h` }] : []
  })
  if (over.length === 0) return
  await manager.query(
    `INSERT INTO queue_hold (id, tenant_id, domain_id, mailbox_id, reason, note)
     SELECT id, tenant_id, domain_id, mailbox_id, 'UNUSUAL_SENDING', note
     FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[]) AS over (id, tenant_id, domain_id, mailbox_id, note)
     ON CONFLICT DO NOTHING`,
    [
      over.map(() => newId()),
      over.map(({ tenantId }) => tenantId),
      over.map(({ domainId }) => domainId),
      over.map(({ id }) => id),
      over.map(({ note }) => note),
    ],
  )
}

/** Whoever releases it knows what was sent: the rest of the hour raises no other alarm, and counts as usual afterwards. */
export const excuseSending = (manager: EntityManager, mailboxId: string): Promise<unknown> =>
  manager.query(
    `UPDATE mailbox_sends SET is_excused = true WHERE mailbox_id = $1 AND hour = date_trunc('hour', now())`,
    [mailboxId],
  )

export const forgetSending = (manager: { query(sql: string): Promise<unknown> }): Promise<unknown> =>
  manager.query(`DELETE FROM mailbox_sends WHERE hour < now() - interval '${usualDays} days'`)
