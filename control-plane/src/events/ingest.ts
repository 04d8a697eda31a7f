/**
 * Takes in a batch of events of one stream of one node: exactly once, in order, without gaps.
 *
 * The high-water mark of the stream is locked, and moved in the transaction that stores the events: what is below it was
 * stored before and is skipped; a batch that begins above its next number is not taken, and the receipt says where to go on.
 * An event that is malformed, or of a domain that this node never served, is set aside and counts as taken: nothing
 * that a node sends can stop its stream.
 */
import type { MailEvent } from '@mailfleet/schema'
import type { DataSource, EntityManager } from 'typeorm'
import { noteAppPasswordUse } from '../app-passwords/index.js'
import { noteQueue, noteSending } from '../queue/index.js'
import { countSends } from '../budgets/index.js'
import { countSignIns, type SignInOutcome } from '../bans/index.js'
import { eventOf, type NodeAbility } from '../nodes/index.js'
import { isId } from '../platform/ids.js'
import { countTraffic } from './count-traffic.js'
import { eventRow, parseEvent, type EventOwner, type EventRow } from './event-row.js'
import type { EventPartitions } from './partitions.js'
import type { EventRange } from './event-range.js'
import { storableText } from '../platform/storable-text.js'

export const maxBatchEvents = 1_000
export const maxBatchBytes = 1_048_576
/** A stream is a database file of the node: more than this many are a fault or an attack. */
const maxStreams = 1_000
const maxAsideBytes = 8_192

export interface EventBatch {
  mailNodeId: string
  stream: string
  firstSequence: number
  events: unknown[]
}

interface SetAside {
  sequence: number
  reason: string
}

export interface IngestResult {
  highWater: number
  stored: number
  /** Of the ids of what was stored, and of their times; null where nothing was. */
  range: EventRange | null
  setAside: SetAside[]
}

export class TooManyStreams extends Error {}

export async function ingest(
  dataSource: DataSource,
  partitions: EventPartitions,
  ability: NodeAbility,
  batch: EventBatch,
): Promise<IngestResult> {
  try {
    return await ingestBatch(dataSource, partitions, ability, batch)
  } catch (error) {
    // A day that was there when it was looked for is dropped since: nobody keeps it, but the node's stream must go on.
    if (!isWithoutPartition(error)) throw error
    partitions.forget()
    return ingestBatch(dataSource, partitions, ability, batch)
  }
}

/** check_violation without a constraint; or undefined_table, where it went between the two. */
const isWithoutPartition = (error: unknown): boolean => {
  const { code, constraint } = error as { code?: unknown; constraint?: unknown }
  return (code === '23514' && constraint === undefined) || code === '42P01'
}

async function ingestBatch(
  dataSource: DataSource,
  partitions: EventPartitions,
  ability: NodeAbility,
  batch: EventBatch,
): Promise<IngestResult> {
  const { mailNodeId, stream, firstSequence, events } = batch
  const now = Date.now()
  const owners = await readOwners(dataSource, events)
  const rows: { sequence: number; event: MailEvent; row: EventRow }[] = []
  const aside: (SetAside & { body: string })[] = []
  events.forEach((value, i) => {
    const sequence = firstSequence + i
    const { event, reason } = parseEvent(value)
    const refuse = (why: string) =>
      aside.push({ sequence, reason: why, body: storableText(JSON.stringify(value)).slice(0, maxAsideBytes) })
    if (!event) return refuse(reason)
    const owner = owners(event.domainId ?? null, mailNodeId)
    if (!ability.can('ingest', eventOf(mailNodeId, owner.servedBy))) return refuse('domainId: not of this node')
    rows.push({ sequence, event, row: eventRow(event, { ...owner, mailNodeId }, now) })
  })
  await partitions.ensure(rows.map(({ row }) => Date.parse(row.at)))

  return dataSource.transaction(async (manager) => {
    const before = await lockHighWater(manager, mailNodeId, stream)
    const highWater = firstSequence + events.length - 1
    if (firstSequence > before + 1 || highWater <= before)
      return { highWater: before, stored: 0, range: null, setAside: [] }
    const isNew = ({ sequence }: { sequence: number }): boolean => sequence > before
    const range = await insertRows(
      manager,
      rows.filter(isNew).map(({ row }) => row),
    )
    await countSignIns(
      manager,
      rows.filter(isNew).flatMap(({ event }) => outcomeOf(event, now)),
    )
    await countSends(
      manager,
      mailNodeId,
      rows.filter(isNew).map(({ row }) => row),
    )
    await noteQueue(
      manager,
      { mailNodeId, stream, isNew: before === 0 },
      rows.filter(isNew).map(({ row }) => row),
    )
    await noteSending(
      manager,
      rows.filter(isNew).map(({ row }) => row),
    )
    await noteAppPasswordUse(
      manager,
      mailNodeId,
      rows.filter(isNew).map(({ event }) => event),
    )
    await countTraffic(
      manager,
      mailNodeId,
      rows.filter(isNew).map(({ event }) => event),
    )
    const newAside = aside.filter(isNew)
    if (newAside.length > 0)
      await manager.query(
        `INSERT INTO mail_event_set_aside (mail_node_id, stream, sequence, reason, body)
         SELECT $1, $2, * FROM unnest($3::bigint[], $4::text[], $5::text[])`,
        [
          mailNodeId,
          stream,
          newAside.map((event) => event.sequence),
          newAside.map((event) => event.reason),
          newAside.map((event) => event.body),
        ],
      )
    await manager.query('UPDATE mail_event_stream SET high_water = $3 WHERE mail_node_id = $1 AND stream = $2', [
      mailNodeId,
      stream,
      highWater,
    ])
    return { highWater, stored: rows.filter(isNew).length, range, setAside: newAside }
  })
}

/** A node that was cut off tells of what is over: that bans nobody now. */
const countedForMs = 15 * 60_000

function outcomeOf({ type, at, remoteIp, failures }: MailEvent, now: number): SignInOutcome[] {
  if (at < now - countedForMs || !remoteIp) return []
  if (type === 'AUTHENTICATED') return [{ address: remoteIp, failures: 0, succeeded: true }]
  return type === 'AUTH_FAILED' ? [{ address: remoteIp, failures: failures ?? 1, succeeded: false }] : []
}

/** Finds who owns an event of a domain, and which nodes serve or served it. */
async function readOwners(dataSource: DataSource, events: readonly unknown[]) {
  const ids = new Set<string>()
  for (const event of events) {
    const id = (event as { domainId?: unknown } | null)?.domainId
    if (typeof id === 'string' && isId(id)) ids.add(id)
  }
  const placements: { domain_id: string; mail_node_id: string; tenant_id: string }[] =
    ids.size === 0
      ? []
      : await dataSource.query(
          'SELECT domain_id, mail_node_id, tenant_id FROM domain_placement WHERE domain_id = ANY($1::uuid[])',
          [[...ids]],
        )
  const known = new Map<string, { tenantId: string; servedBy: string[] }>()
  for (const { domain_id, mail_node_id, tenant_id } of placements) {
    const domain = known.get(domain_id) ?? { tenantId: tenant_id, servedBy: [] }
    domain.servedBy.push(mail_node_id)
    known.set(domain_id, domain)
  }
  return (domainId: string | null, mailNodeId: string): Omit<EventOwner, 'mailNodeId'> & { servedBy: string[] } => {
    if (domainId === null) return { domainId: null, tenantId: null, servedBy: [mailNodeId] }
    const domain = known.get(domainId)
    return { domainId, tenantId: domain?.tenantId ?? null, servedBy: domain?.servedBy ?? [] }
  }
}

async function lockHighWater(manager: EntityManager, mailNodeId: string, stream: string): Promise<number> {
  const lock = (): Promise<{ high_water: string }[]> =>
    manager.query('SELECT high_water FROM mail_event_stream WHERE mail_node_id = $1 AND stream = $2 FOR UPDATE', [
      mailNodeId,
      stream,
    ])
  let [row] = await lock()
  if (!row) {
    const [{ count }] = await manager.query(
      'SELECT count(*)::int AS count FROM mail_event_stream WHERE mail_node_id = $1',
      [mailNodeId],
    )
    if (count >= maxStreams) throw new TooManyStreams(`more than ${maxStreams} streams`)
    await manager.query('INSERT INTO mail_event_stream VALUES ($1, $2, 0) ON CONFLICT DO NOTHING', [mailNodeId, stream])
    row = (await lock())[0]
  }
  return Number(row!.high_water)
}

async function insertRows(manager: EntityManager, rows: readonly EventRow[]): Promise<IngestResult['range']> {
  if (rows.length === 0) return null
  const columns = Object.keys(rows[0]!).join(', ')
  await manager.query(
    `INSERT INTO mail_event (${columns})
     SELECT ${columns} FROM jsonb_populate_recordset(NULL::mail_event, $1::jsonb)`,
    [JSON.stringify(rows)],
  )
  const times = rows.map((row) => Date.parse(row.at))
  return {
    minId: rows[0]!.id,
    maxId: rows.at(-1)!.id,
    minAt: Math.min(...times),
    maxAt: Math.max(...times),
  }
}
