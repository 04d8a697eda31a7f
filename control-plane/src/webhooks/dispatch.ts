/**
 * From what happened to deliveries. Both sources are read forward: the audit trail by its dense sequence, mail events by an outbox of the
 * batches in which they came. The place in a source moves in the transaction that writes the deliveries, so that none is lost or
 * written twice, wherever a replica dies. One replica does it at a time.
 */
import type { EntityManager } from 'typeorm'
import { pathsAbove, permissionSubject, type PermissionSubject } from '../access/index.js'
import { actorShown, readChanges, shownValues, subjectOfChange, type Change } from '../audit/index.js'
import { readStoredEvents, type StoredEvent } from '../events/index.js'
import type { Database } from '../platform/database.js'
import { newId } from '../platform/ids.js'
import { deliveryChannel, dispatchLock } from './channels.js'
import { abilityOfOwner, kindsOf, readListeners, type Listener } from './owner-rights.js'
import { mailEventName, objectEventName } from './webhook-events.js'

const changesAtOnce = 500
/** Of at most 1,000 events each. */
const batchesAtOnce = 4
const maxBodyBytes = 262_144

interface Happening {
  id: string
  name: string
  at: Date
  subject: PermissionSubject
  subjectType: string
  tenantId: string | null
  path: string | null
  domainId: string | null
  /** What is told of it; `whole`: to whoever sees all of the platform. */
  data(whole: boolean): object
}

/** Whether there may be more to do. */
export async function dispatch(database: Database): Promise<boolean> {
  return database.transaction(async (manager) => {
    const [lock] = await manager.query('SELECT pg_try_advisory_xact_lock($1) AS mine', [dispatchLock])
    if (!lock.mine) return false
    const inside = database.within(manager)
    const moreChanges = await dispatchChanges(inside, manager)
    const moreMail = await dispatchMail(inside, manager)
    return moreChanges || moreMail
  })
}

async function dispatchChanges(database: Database, manager: EntityManager): Promise<boolean> {
  const [cursor] = await manager.query('SELECT sequence::float8 AS sequence FROM webhook_cursor')
  const { changes, upTo, head } = await readChanges(database, cursor.sequence, changesAtOnce)
  if (upTo === cursor.sequence) return false
  await deliver(
    manager,
    changes.flatMap((change) => ofChange(change) ?? []),
    false,
  )
  await manager.query('UPDATE webhook_cursor SET sequence = $1', [upTo])
  return upTo < head
}

function ofChange(change: Change): Happening | null {
  const subject = subjectOfChange(change)
  if (!subject) return null
  const { id, at, subjectType, subjectId, label, tenantId, tenantPath, domainId, actor, before, after } = change
  return {
    id,
    name: objectEventName(subjectType, change.change),
    at,
    subject,
    subjectType,
    tenantId,
    path: tenantPath,
    domainId,
    data: (whole) => ({
      object: { type: subjectType, id: subjectId, name: label, tenantId, domainId },
      actor: actorShown(actor),
      before: shownValues(before, whole),
      after: shownValues(after, whole),
    }),
  }
}

async function dispatchMail(database: Database, manager: EntityManager): Promise<boolean> {
  const [ranges]: [{ minId: string; maxId: string; minAt: number; maxAt: number }[], number] = await manager.query(
    `DELETE FROM webhook_mail_batch WHERE id IN (SELECT id FROM webhook_mail_batch ORDER BY id LIMIT ${batchesAtOnce})
     RETURNING min_id AS "minId", max_id AS "maxId",
       floor(extract(epoch FROM min_at) * 1000)::float8 AS "minAt", ceil(extract(epoch FROM max_at) * 1000)::float8 AS "maxAt"`,
  )
  if (ranges.length === 0) return false
  await deliver(manager, (await readStoredEvents(database, ranges)).map(ofMailEvent), true)
  return ranges.length === batchesAtOnce
}

const ofMailEvent = (event: StoredEvent): Happening => {
  const { id, at, type, tenantId, tenantPath, domainId, mailNodeId, ...rest } = event
  return {
    id,
    name: mailEventName(type),
    at,
    subject: permissionSubject('MailEvent', { id, domainId, within: pathsAbove(tenantPath) }),
    subjectType: 'MailEvent',
    tenantId,
    path: tenantPath,
    domainId,
    data: (whole) => ({ id, at, type, tenantId, domainId, ...(whole && { mailNodeId }), ...rest }),
  }
}

async function deliver(manager: EntityManager, happenings: readonly Happening[], aboutMail: boolean): Promise<void> {
  if (happenings.length === 0) return
  const paths = [...new Set(happenings.map(({ path }) => path).filter((path) => path !== null))]
  const listeners = await readListeners(manager, paths, aboutMail)
  const deliveries = listeners.flatMap((listener) => deliveriesTo(listener, happenings))
  if (deliveries.length === 0) return
  // In the order in which it happened, whoever hears of it.
  deliveries.sort((one, other) => one.place - other.place)
  await insertDeliveries(manager, deliveries)
}

interface NewDelivery {
  listener: Pick<Listener, 'id' | 'tenantId'>
  happening: Omit<Happening, 'subject' | 'data'>
  body: string
  byHand: boolean
}
type Placed = NewDelivery & { place: number }

function deliveriesTo(listener: Listener, happenings: readonly Happening[]): Placed[] {
  const ability = abilityOfOwner(listener)
  const names = new Set(kindsOf(listener).map(({ name }) => name))
  const domains = listener.domainIds && new Set(listener.domainIds)
  const whole = listener.kind === 'PLATFORM'
  return happenings.flatMap((happening, place) => {
    if (!names.has(happening.name)) return []
    if (domains && !domains.has(happening.domainId ?? '')) return []
    if (!ability.can('read', happening.subject)) return []
    return [{ listener, happening, place, body: bodyOf(happening, happening.data(whole)), byHand: false }]
  })
}

export function bodyOf(happening: Pick<Happening, 'name' | 'at'>, data: object): string {
  const message = { type: happening.name, timestamp: happening.at.toISOString() }
  const body = JSON.stringify({ ...message, data })
  if (Buffer.byteLength(body) <= maxBodyBytes) return body
  return JSON.stringify({ ...message, data: { ...data, before: null, after: null, shortened: true } })
}

export async function insertDeliveries(manager: EntityManager, deliveries: readonly NewDelivery[]): Promise<string[]> {
  const rows = deliveries.map(({ listener, happening, body, byHand }) => ({
    id: newId(),
    webhook_id: listener.id,
    tenant_id: listener.tenantId,
    event_type: happening.name,
    event_id: happening.id,
    subject: happening.subjectType,
    subject_tenant_id: happening.tenantId,
    subject_path: happening.path,
    domain_id: happening.domainId,
    body,
    by_hand: byHand,
  }))
  const columns = Object.keys(rows[0]!).join(', ')
  // A batch of mail events may reach into another one's range.
  await manager.query(
    `WITH made AS (
       INSERT INTO webhook_delivery (${columns}) SELECT ${columns}
       FROM jsonb_populate_recordset(NULL::webhook_delivery, $1::jsonb) ON CONFLICT (webhook_id, event_id) DO NOTHING RETURNING 1)
     SELECT pg_notify($2, '') FROM made LIMIT 1`,
    [JSON.stringify(rows), deliveryChannel],
  )
  return rows.map(({ id }) => id)
}
