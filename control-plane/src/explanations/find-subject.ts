/** Any object that rules are about, by kind and id, as rules see it; null also where the caller may not read it. */
import {
  may,
  pathsAbove,
  permissionSubject,
  subjectKinds,
  type AdminContext,
  type PermissionSubject,
  type SubjectName,
} from '../access/index.js'
import { invalidInput } from '../platform/errors.js'
import { isId } from '../platform/ids.js'

const inDomain = (table: string): string =>
  `SELECT tenant.path::text AS path, domain.id AS "domainId" FROM ${table}
   JOIN domain ON domain.id = ${table}.domain_id JOIN tenant ON tenant.id = domain.tenant_id WHERE ${table}.id = $1`
const ofTenant = (table: string, columns = ''): string =>
  `SELECT tenant.path::text AS path ${columns} FROM ${table} JOIN tenant ON tenant.id = ${table}.tenant_id WHERE ${table}.id = $1`

const statements: Partial<Record<SubjectName, string>> = {
  Tenant: 'SELECT path::text FROM tenant WHERE id = $1',
  Budget: 'SELECT path::text FROM tenant WHERE id = $1',
  Administrator: ofTenant('administrator', ', administrator.role'),
  AccessRole: ofTenant('access_role'),
  IdentitySource: ofTenant('identity_source'),
  RoleAssignment: `SELECT tenant.path::text AS path, administrator.id AS "administratorId" FROM role_assignment
    JOIN administrator ON administrator.id = role_assignment.administrator_id
    JOIN tenant ON tenant.id = administrator.tenant_id WHERE role_assignment.id = $1`,
  Grant: ofTenant('access_grant', ', access_grant.receiver_id AS "administratorId"'),
  Domain: ofTenant('domain'),
  Mailbox: inDomain('mailbox'),
  Alias: inDomain('alias'),
  DkimKey: inDomain('dkim_key'),
  Forward: `SELECT tenant.path::text AS path, domain.id AS "domainId" FROM forward
    JOIN mailbox ON mailbox.id = forward.mailbox_id JOIN domain ON domain.id = mailbox.domain_id
    JOIN tenant ON tenant.id = domain.tenant_id WHERE forward.id = $1`,
  Ban: 'SELECT id FROM ban WHERE id = $1',
  MailNode: 'SELECT id FROM mail_node WHERE id = $1',
  ApiToken: `SELECT tenant.path::text AS path, administrator.id AS "administratorId", administrator.role FROM api_token
    JOIN administrator ON administrator.id = api_token.administrator_id
    JOIN tenant ON tenant.id = administrator.tenant_id WHERE api_token.id = $1`,
}

export interface FoundSubject {
  object: PermissionSubject
  /** Of the tenant that it belongs to, where it belongs to one. */
  path: string | null
}

export async function findSubject(context: AdminContext, type: SubjectName, id: string): Promise<FoundSubject | null> {
  const statement = statements[type]
  if (!statement) throw invalidInput(['subject', 'type'], `Of a ${type} there is nothing to explain one by one.`)
  const [row] = isId(id) ? await context.database.query<{ path?: string }>(statement, [id]) : []
  if (!row) return null
  const { path, ...fields } = row
  const within = subjectKinds[type].owner === 'tenant' ? { within: pathsAbove(path ?? null) } : {}
  const object = permissionSubject(type, { ...fields, id: id.toLowerCase(), ...within })
  return may(context, 'read', object) ? { object, path: path ?? null } : null
}
