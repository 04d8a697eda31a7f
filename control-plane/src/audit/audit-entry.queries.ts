/** Reads of the audit trail, newest first, narrowed to what the viewer may see. */
import { accessible, may, permissionSubject, type AdminContext } from '../access/index.js'
import { pageShape, readPage } from '../platform/connection.js'
import { invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isGiven } from '../platform/is-given.js'
import { containing, SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import { shownValues } from './change-feed.js'
import type { AuditActor, AuditEntriesArguments, AuditEntry, AuditEntryFilter } from './audit-entry.types.js'

/** Whose an entry is was written down with it: a deleted tenant's deletion is still its reseller's to see. */
const columns = {
  id: { sql: 'audit_entry.id', type: 'uuid' },
  within: { sql: 'audit_entry.tenant_path', type: 'path', nullable: true },
} as const

const newestFirst = { name: 'auditEntry.at', sql: 'audit_entry.at', type: 'timestamptz', direction: 'DESC' } as const

const select = `SELECT id, at, sequence::float8 AS sequence, actor, operation_id AS "operationId", operation, change,
  subject_type AS "subjectType", subject_id AS "subjectId", label, tenant_id AS "tenantId",
  before, after FROM audit_entry WHERE id = ANY($1::uuid[])`

export async function listAuditEntries(
  context: AdminContext,
  request: AuditEntriesArguments,
): Promise<ConnectionValue<AuditEntry>> {
  pageShape(request)
  const parameters = new SqlParameters()
  const page = await readPage(context.database, request, {
    from: 'audit_entry',
    id: 'audit_entry.id',
    conditions: [
      accessible(context, 'read', 'AuditEntry', columns, parameters),
      ...(await filterConditions(context, request.filter ?? {}, parameters)),
    ],
    parameters,
    order: newestFirst,
  })
  const rows = await context.database.query<AuditRow>(select, [page.ids])
  const whole = seesEverything(context)
  const byId = new Map(rows.map((row) => [row.id, entryOf(row, whole)]))
  return connectionFrom(
    page,
    page.ids.map((id) => byId.get(id) ?? null),
  )
}

async function filterConditions(
  context: AdminContext,
  filter: AuditEntryFilter,
  parameters: SqlParameters,
): Promise<string[]> {
  const conditions: string[] = []
  const text = (value: string, field: string): string => {
    if (value.length > 200 || value.includes('\0'))
      throw invalidInput(['filter', field], 'This cannot be searched for.')
    return parameters.bind(value, 'text')
  }
  if (isGiven(filter.withinId)) {
    conditions.push(await withinCondition(context, filter.withinId, 'audit_entry.tenant_path', parameters))
  }
  if (isGiven(filter.administratorId)) {
    const id = parameters.bind(filter.administratorId.slice(0, 64).toLowerCase(), 'text')
    conditions.push(`audit_entry.actor->>'administratorId' = ${id} OR audit_entry.actor->>'impersonatorId' = ${id}`)
  }
  if (isGiven(filter.subjectId)) conditions.push(idCondition('audit_entry.subject_id', filter.subjectId, parameters))
  if (isGiven(filter.operationId)) {
    conditions.push(idCondition('audit_entry.operation_id', filter.operationId, parameters))
  }
  if (isGiven(filter.subjectTypes)) {
    const types = filter.subjectTypes.slice(0, 100).map((type) => type.slice(0, 100).replaceAll('\0', ''))
    conditions.push(`audit_entry.subject_type = ANY(${parameters.bind(types, 'text[]')})`)
  }
  if (isGiven(filter.changes)) conditions.push(`audit_entry.change = ANY(${parameters.bind(filter.changes, 'text[]')})`)
  if (isGiven(filter.operation)) conditions.push(`audit_entry.operation = ${text(filter.operation, 'operation')}`)
  if (filter.search) {
    conditions.push(`lower(audit_entry.label) LIKE ${parameters.bind(containing(filter.search), 'text')}`)
  }
  if (isGiven(filter.since)) conditions.push(`audit_entry.at >= ${parameters.bind(filter.since, 'timestamptz')}`)
  if (isGiven(filter.until)) conditions.push(`audit_entry.at < ${parameters.bind(filter.until, 'timestamptz')}`)
  return conditions
}

/** As access/ writes it for the database. */
export interface ActorColumn {
  administratorId?: string
  email?: string
  impersonatorId?: string
  impersonatorEmail?: string
  credential?: { kind: string; id: string }
  ip?: string
  userAgent?: string
  reason?: string
}

type Values = Record<string, unknown> | null
type AuditRow = Omit<AuditEntry, 'actor' | 'ip' | 'userAgent' | 'reason' | 'before' | 'after'> & {
  actor: ActorColumn | null
  before: Values
  after: Values
}

/** The chain is one for the whole platform, and so are the mail nodes. */
export const seesEverything = (context: AdminContext): boolean =>
  may(context, 'read', permissionSubject('AuditEntry', { within: [] }))

function textOf(values: Values, whole: boolean): string | null {
  const shown = shownValues(values, whole)
  return shown && JSON.stringify(shown)
}

export function auditActorOf(actor: ActorColumn | null): AuditActor | null {
  const { administratorId, credential, email, impersonatorId, impersonatorEmail } = actor ?? {}
  if (!administratorId || !credential) return null
  return {
    administratorId,
    email: email ?? null,
    impersonatorId: impersonatorId ?? null,
    impersonatorEmail: impersonatorEmail ?? null,
    credentialKind: credential.kind,
    credentialId: credential.id,
  }
}

function entryOf({ actor, before, after, ...row }: AuditRow, whole: boolean): AuditEntry {
  return {
    ...row,
    before: textOf(before, whole),
    after: textOf(after, whole),
    ip: actor?.ip ?? null,
    userAgent: actor?.userAgent ?? null,
    reason: actor?.reason ?? null,
    actor: auditActorOf(actor),
  }
}
