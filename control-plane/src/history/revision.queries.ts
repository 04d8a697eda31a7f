/**
 * Reads of the history, newest first. A revision is seen by whoever sees one of its entries in the audit trail, and of its changes
 * those that they see there: an import into two customers is one revision, and each of them finds the own half.
 */
import { accessible, may, permissionSubject, type AdminContext } from '../access/index.js'
import { auditActorOf, seesEverything, type ActorColumn } from '../audit/index.js'
import { visibleDomain } from '../domains/index.js'
import { visibleMailNode } from '../nodes/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineLoader } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { historySubjects, isConfigObjectType } from './config-objects.js'
import { differences } from './differences.js'
import type { Revision, RevisionChange, RevisionFilter, RevisionSource, RevisionsArguments } from './revision.types.js'

const columns = {
  id: { sql: 'audit_entry.id', type: 'uuid' },
  within: { sql: 'audit_entry.tenant_path', type: 'path', nullable: true },
} as const

const newestFirst = {
  name: 'revision.number',
  sql: 'config_revision.revision',
  type: 'bigint',
  direction: 'DESC',
} as const

/** Entries of the history that the viewer may see. */
const visibleEntries = (context: AdminContext, parameters: SqlParameters): string => `audit_entry.change <> 'READ'
  AND audit_entry.subject_type = ANY(${parameters.bind([...historySubjects], 'text[]')})
  AND (${accessible(context, 'read', 'AuditEntry', columns, parameters)})`

export async function listRevisions(
  context: AdminContext,
  request: RevisionsArguments,
): Promise<ConnectionValue<Revision>> {
  pageShape(request)
  const filter = request.filter ?? {}
  const parameters = new SqlParameters()
  const entries = [visibleEntries(context, parameters), ...(await entryConditions(context, filter, parameters))]
  const page = await readPage(context.database, request, {
    from: 'config_revision',
    id: 'config_revision.transaction_id',
    conditions: [
      `EXISTS (SELECT FROM audit_entry WHERE audit_entry.transaction_id = config_revision.transaction_id
        AND ${entries.map((condition) => `(${condition})`).join(' AND ')})`,
      ...(await revisionConditions(context, filter, parameters)),
    ],
    parameters,
    order: newestFirst,
  })
  const revisions = await revisionById(context).loadMany(page.ids)
  return connectionFrom(page, revisions as (Revision | null)[])
}

async function entryConditions(
  context: AdminContext,
  filter: RevisionFilter,
  parameters: SqlParameters,
): Promise<string[]> {
  const conditions: string[] = []
  if (isGiven(filter.withinId))
    conditions.push(await withinCondition(context, filter.withinId, 'audit_entry.tenant_path', parameters))
  if (isGiven(filter.objectId)) conditions.push(idCondition('audit_entry.subject_id', filter.objectId, parameters))
  if (isGiven(filter.domainId)) {
    const domain = await visibleDomain(context, filter.domainId)
    if (!domain) return ['false']
    const [id, addresses] = [parameters.bind(domain.id, 'uuid'), parameters.bind(`%@${domain.name}`, 'text')]
    conditions.push(`audit_entry.subject_id = ${id} OR lower(audit_entry.label) LIKE ${addresses}
      OR (audit_entry.subject_type = 'Policy' AND lower(audit_entry.label) = ${parameters.bind(domain.name, 'text')})`)
  }
  if (isGiven(filter.administratorId)) {
    const id = parameters.bind(filter.administratorId.slice(0, 64).toLowerCase(), 'text')
    conditions.push(`audit_entry.actor->>'administratorId' = ${id} OR audit_entry.actor->>'impersonatorId' = ${id}`)
  }
  if (isGiven(filter.types)) {
    const types = filter.types.slice(0, 100).map((type) => type.slice(0, 100).replaceAll('\0', ''))
    conditions.push(`audit_entry.subject_type = ANY(${parameters.bind(types, 'text[]')})`)
  }
  return conditions
}

async function revisionConditions(
  context: AdminContext,
  filter: RevisionFilter,
  parameters: SqlParameters,
): Promise<string[]> {
  const conditions: string[] = []
  if (isGiven(filter.mailNodeId)) {
    const node = await visibleMailNode(context, filter.mailNodeId)
    if (!node) return ['false']
    conditions.push(`config_revision.mail_node_ids @> ARRAY[${parameters.bind(node.id, 'uuid')}]`)
  }
  if (isGiven(filter.since)) conditions.push(`config_revision.at >= ${parameters.bind(filter.since, 'timestamptz')}`)
  if (isGiven(filter.until)) conditions.push(`config_revision.at < ${parameters.bind(filter.until, 'timestamptz')}`)
  return conditions
}

/** By id, or by a number: then the first revision that has it, as one that changed much has several. */
export async function visibleRevision(
  context: AdminContext,
  { id, number }: { id?: string | null; number?: number | null },
): Promise<Revision | null> {
  if (isGiven(id)) return isId(id) ? revisionById(context).load(id.toLowerCase()) : null
  if (!isGiven(number) || number < 1) return null
  const [row] = await context.database.query<{ id: string }>(
    'SELECT transaction_id AS id FROM config_revision WHERE revision >= $1 ORDER BY revision LIMIT 1',
    [number],
  )
  return row ? revisionById(context).load(row.id) : null
}

interface RevisionRow {
  id: string
  number: number
  at: Date
  actor: (ActorColumn & { reason?: string }) | null
  operation: string | null
  operationId: string | null
}

export const revisionById = defineLoader<AdminContext, string, Revision | null>(async (context, ids) => {
  const parameters = new SqlParameters()
  const wanted = parameters.bind(ids, 'uuid[]')
  const rows = await context.database.query<RevisionRow>(
    `SELECT config_revision.transaction_id AS id, revision::float8 AS number, config_revision.at, first.*
     FROM config_revision CROSS JOIN LATERAL (
       SELECT actor, operation, operation_id AS "operationId" FROM audit_entry
       WHERE audit_entry.transaction_id = config_revision.transaction_id AND ${visibleEntries(context, parameters)}
       ORDER BY ordinal LIMIT 1) AS first
     WHERE config_revision.transaction_id = ANY(${wanted})`,
    parameters.values,
  )
  const byId = new Map(rows.map((row) => [row.id, row]))
  return ids.map((id) => {
    const row = byId.get(id)
    if (!row) return null
    const { actor, ...rest } = row
    return { ...rest, source: sourceOf(actor), actor: auditActorOf(actor), reason: actor?.reason ?? null }
  })
})

function sourceOf(actor: ActorColumn | null): RevisionSource {
  if (!actor?.credential) return 'SYSTEM'
  if (actor.impersonatorId) return 'IMPERSONATION'
  return actor.credential.kind === 'source'
    ? 'DIRECTORY'
    : actor.credential.kind === 'token'
      ? 'TOKEN'
      : 'ADMINISTRATOR'
}

/** Of an import of a thousand the first hundred are shown; the audit trail has them all. */
export const maxChanges = 100

export interface ChangeRow {
  id: string
  transactionId: string
  change: RevisionChange['change']
  type: string
  objectId: string | null
  label: string | null
  tenantId: string | null
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

export async function readChangesOf(
  context: AdminContext,
  ids: readonly string[],
  limit: number,
): Promise<ChangeRow[]> {
  const parameters = new SqlParameters()
  const wanted = parameters.bind(ids, 'uuid[]')
  return context.database.query<ChangeRow>(
    `SELECT entry.* FROM unnest(${wanted}) AS revision (id) CROSS JOIN LATERAL (
       SELECT id, transaction_id AS "transactionId", change, subject_type AS type, subject_id AS "objectId", label,
         tenant_id AS "tenantId", before, after
       FROM audit_entry WHERE audit_entry.transaction_id = revision.id AND ${visibleEntries(context, parameters)}
       ORDER BY ordinal LIMIT ${limit}) AS entry`,
    parameters.values,
  )
}

export const changesOfRevision = defineLoader<AdminContext, string, RevisionChange[]>(async (context, ids) => {
  const rows = await readChangesOf(context, ids, maxChanges)
  const whole = seesEverything(context)
  return ids.map((id) =>
    rows
      .filter(({ transactionId }) => transactionId === id)
      .map(({ before, after, transactionId: _id, ...row }) => {
        const fields = differences(row.type, before, after, whole)
        const revertible = isConfigObjectType(row.type) && fields.some(({ secret }) => !secret)
        return { ...row, fields, revertible }
      }),
  )
})

export const changeCountOf = defineLoader<AdminContext, string, number>(async (context, ids) => {
  const parameters = new SqlParameters()
  const wanted = parameters.bind(ids, 'uuid[]')
  const rows = await context.database.query<{ id: string; count: number }>(
    `SELECT transaction_id AS id, count(*)::integer AS count FROM audit_entry
     WHERE transaction_id = ANY(${wanted}) AND ${visibleEntries(context, parameters)} GROUP BY transaction_id`,
    parameters.values,
  )
  const byId = new Map(rows.map((row) => [row.id, row.count]))
  return ids.map((id) => byId.get(id) ?? 0)
})

/** Which nodes were told is of whoever sees nodes. */
export const nodesOfRevision = defineLoader<AdminContext, string, string[]>(async (context, ids) => {
  const rows = await context.database.query<{ id: string; nodes: string[] }>(
    'SELECT transaction_id AS id, mail_node_ids::text[] AS nodes FROM config_revision WHERE transaction_id = ANY($1::uuid[])',
    [ids],
  )
  const byId = new Map(rows.map((row) => [row.id, row.nodes]))
  return ids.map((id) =>
    (byId.get(id) ?? []).filter((node) => may(context, 'read', permissionSubject('MailNode', { id: node }))),
  )
})
