/**
 * The trail as a feed of changes: read forward by sequence, which is dense and given after the commit, so that nobody who remembers
 * the last one that they saw misses any or sees one twice, whichever transaction committed first.
 *
 * With each change comes what rules look at. Of what is gone that is what was written down when it went.
 */
import {
  pathsAbove,
  permissionSubject,
  subjectKinds,
  type PermissionSubject,
  type SubjectName,
} from '../access/index.js'
import type { Database } from '../platform/database.js'
import type { AuditChange } from './audit-entry.types.js'

export interface Change {
  id: string
  sequence: number
  at: Date
  actor: Record<string, unknown> | null
  change: Exclude<AuditChange, 'READ'>
  subjectType: string
  subjectId: string | null
  label: string | null
  tenantId: string | null
  tenantPath: string | null
  /** Of a tenant that was moved: where it was until then. */
  formerPath: string | null
  domainId: string | null
  administratorId: string | null
  role: string | null
  before: Record<string, unknown> | null
  after: Record<string, unknown> | null
}

export interface ChangePage {
  changes: Change[]
  /** All up to here was looked at. */
  upTo: number
  /** The last that there is. */
  head: number
}

const given = (column: string): string => `coalesce(entry.after->>'${column}', entry.before->>'${column}')`
const rowOf = (table: string, column: string): string =>
  `(SELECT item.${column} FROM ${table} AS item WHERE item.id = entry.subject_id)`
const domainOfMailbox = (id: string): string => `(SELECT mailbox.domain_id FROM mailbox WHERE mailbox.id = ${id})`

/** An entry holds what changed only, so that an object's place is asked of its table where it did not change. */
const inDomain = { Mailbox: 'mailbox', Alias: 'alias', Group: 'mail_group', DkimKey: 'dkim_key' }
const ofMailbox = { Forward: 'forward', AppPassword: 'app_password' }
const domainId = `CASE
  WHEN entry.subject_type = 'Domain' THEN entry.subject_id
  ELSE coalesce(${given('domain_id')}::uuid, CASE entry.subject_type
    ${Object.entries(inDomain)
      .map(([subject, table]) => `WHEN '${subject}' THEN ${rowOf(table, 'domain_id')}`)
      .join('\n    ')}
    ${Object.entries(ofMailbox)
      .map(
        ([subject, table]) =>
          `WHEN '${subject}' THEN ${domainOfMailbox(`coalesce(${given('mailbox_id')}::uuid, ${rowOf(table, 'mailbox_id')})`)}`,
      )
      .join('\n    ')}
    WHEN 'Policy' THEN coalesce(${rowOf('policy', 'domain_id')}, ${domainOfMailbox(rowOf('policy', 'mailbox_id'))})
  END) END`
const administratorId = `CASE
  WHEN entry.subject_type = 'Administrator' THEN entry.subject_id
  WHEN entry.subject_type = 'Grant' THEN coalesce(${given('receiver_id')}::uuid, ${rowOf('access_grant', 'receiver_id')})
  ELSE coalesce(${given('administrator_id')}::uuid, CASE entry.subject_type
    WHEN 'Session' THEN ${rowOf('session', 'administrator_id')}
    WHEN 'Job' THEN ${rowOf('job', 'administrator_id')}
    WHEN 'ApiToken' THEN ${rowOf('api_token', 'administrator_id')}
    WHEN 'RoleAssignment' THEN ${rowOf('role_assignment', 'administrator_id')}
  END) END`

const statement = `
  SELECT head.sequence::float8 AS head, entry.*
  FROM audit_head AS head LEFT JOIN LATERAL (
    SELECT entry.id, entry.sequence::float8 AS sequence, entry.at, entry.actor, entry.change,
      entry.subject_type AS "subjectType", entry.subject_id AS "subjectId", entry.label, entry.tenant_id AS "tenantId",
      entry.tenant_path::text AS "tenantPath", entry.before, entry.after, ${domainId} AS "domainId",
      CASE WHEN entry.subject_type = 'Tenant' THEN entry.before->>'path' END AS "formerPath", who.id AS "administratorId",
      coalesce((SELECT administrator.role FROM administrator WHERE administrator.id = who.id), ${given('role')}) AS role
    FROM audit_entry AS entry CROSS JOIN LATERAL (SELECT ${administratorId} AS id) AS who
    WHERE entry.sequence > $1 AND entry.sequence <= $1 + $2 AND entry.change <> 'READ'
    ORDER BY entry.sequence
  ) AS entry ON true`

/** Of the entries behind `after`, at most `limit` are looked at. */
export async function readChanges(
  database: Pick<Database, 'query'>,
  after: number,
  limit: number,
): Promise<ChangePage> {
  const rows = await database.query<Change & { head: number }>(statement, [after, limit])
  const { head } = rows[0]!
  return { changes: rows.filter((row) => row.id !== null), upTo: Math.max(after, Math.min(head, after + limit)), head }
}

/** As rules see the object; null for what no rule speaks of. `path`: where it was, where that is not where it is. */
export function subjectOfChange(change: Change, path = change.tenantPath): PermissionSubject | null {
  if (!(change.subjectType in subjectKinds)) return null
  const name = change.subjectType as SubjectName
  const { owner, domain, self } = subjectKinds[name]
  const { subjectId: id, domainId: domainIdOf, administratorId: who, role } = change
  return permissionSubject(name, {
    id,
    ...(owner === 'tenant' && { within: pathsAbove(path) }),
    ...(domain === 'domainId' && { domainId: domainIdOf }),
    ...(self === 'administratorId' && { administratorId: who }),
    ...(role !== null && { role }),
  })
}

/** Ids in a row's values that its tenant's people may know; others name mail nodes and what is above them. */
const ownIds = ['id', 'tenant_id', 'domain_id', 'mailbox_id', 'administrator_id', 'access_role_id']

/** Of a row's values what people of its tenant see; `whole`: of whoever sees all of the platform. */
export function shownValues(values: Record<string, unknown> | null, whole: boolean): Record<string, unknown> | null {
  if (values === null || whole) return values
  const known = ([name]: [string, unknown]): boolean =>
    ownIds.includes(name) || !(name === 'path' || /_ids?$/.test(name))
  return Object.fromEntries(Object.entries(values).filter(known))
}

/** Who it was, without from where. */
export function actorShown(actor: Record<string, unknown> | null): Record<string, unknown> | null {
  if (!actor?.administratorId) return null
  const { administratorId: id, email, impersonatorId, impersonatorEmail } = actor
  return { id, email, ...(impersonatorId !== undefined && { impersonatorId, impersonatorEmail }) }
}
