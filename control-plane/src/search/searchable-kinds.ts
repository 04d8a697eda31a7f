/** The kinds of objects that are found, and where: each by its own table and its own rules. */
import { accessible, accessibleByTenant, type AdminContext, type SubjectName } from '../access/index.js'
import { displayAddress } from '../domains/index.js'
import type { SubjectColumns } from '../platform/casl-sql.js'
import { containing, literally, type SqlParameters } from '../platform/sql-parameters.js'
import type { SearchText } from './search-text.js'
import type { SearchKind } from './search.types.js'

export interface SearchableKind {
  subject: SubjectName
  /** The table, by the name that the rest is written with. */
  table: string
  joins: string
  label: string
  /** The fields that are looked at, the label's first: whoever may not read one of them of each finds nothing of this kind. */
  fields: readonly string[]
  /** What is deleted is not found. */
  alive: string
  tenantId: string | null
  /** Of rules; with the table joined to its tenant. */
  columns: SubjectColumns
  matches(text: SearchText, parameters: SqlParameters): string
  /** What the label is, or begins with: of the same indexes. */
  is(text: SearchText, parameters: SqlParameters): string
  begins(text: SearchText, parameters: SqlParameters): string
  /** The label as people write it. */
  displayed?(label: string): string
}

const within = { within: { sql: 'tenant.path', type: 'path' } } as const
const toTenant = (table: string): string => `JOIN tenant ON tenant.id = ${table}.tenant_id`
const throughDomain = (table: string): string =>
  `JOIN domain ON domain.id = ${table}.domain_id JOIN tenant ON tenant.id = domain.tenant_id`
const inDomain = (table: string): SubjectColumns => ({
  id: { sql: `${table}.id`, type: 'uuid' },
  domainId: { sql: `${table}.domain_id`, type: 'uuid' },
  ...within,
})
const like = (column: string, text: string, parameters: SqlParameters): string =>
  `${column} LIKE ${parameters.bind(containing(text), 'text')}`
const named = (column: string, text: SearchText, parameters: SqlParameters): string =>
  like(`search_folded(${column})`, text.folded, parameters)

type Labelled = Pick<SearchableKind, 'is' | 'begins'>
/** A label that is looked at as `column`, for one of these texts. */
const labelled = (column: string, texts: (text: SearchText) => string[]): Labelled => {
  const anyOf =
    (pattern: (text: string) => string): Labelled['is'] =>
    (text, parameters) =>
      [...new Set(texts(text))].map((one) => `${column} LIKE ${parameters.bind(pattern(one), 'text')}`).join(' OR ')
  return { is: anyOf(literally), begins: anyOf((text) => `${literally(text)}%`) }
}
const byName = (column: string): Labelled => labelled(`search_folded(${column})`, ({ folded }) => [folded])
const byAddress = (table: string): Labelled => labelled(`${table}.address`, ({ plain, ascii }) => [plain, ascii])

/**
 * An address by any part of it as it is stored, and where its domain is shown in another way than it is stored, by a part of that. The
 * domains are found first and by themselves: an OR across two tables could use no index.
 */
function addressed(table: string, { plain, folded, ascii }: SearchText, parameters: SqlParameters): string {
  const stored = [...new Set([plain, ascii])].map((text) => like(`${table}.address`, text, parameters))
  const at = folded.lastIndexOf('@')
  const domain = containing(folded.slice(at + 1))
  if (domain === '%%') return stored.join(' OR ')
  const shown = parameters.bind(at < 0 ? domain : domain.slice(1), 'text')
  const inDomains = `${table}.domain_id = ANY(ARRAY(SELECT shown.id FROM domain AS shown
    WHERE search_folded(shown.display_name) LIKE ${shown} AND shown.display_name <> shown.name))`
  const localPart = parameters.bind(
    at > 0 ? containing(plain.slice(0, plain.lastIndexOf('@'))).slice(0, -1) : '%',
    'text',
  )
  return `${stored.join(' OR ')} OR (${inDomains} AND ${table}.local_part LIKE ${localPart})`
}

export const searchableKinds: Record<Exclude<SearchKind, 'MESSAGE'>, SearchableKind> = {
  TENANT: {
    subject: 'Tenant',
    table: 'tenant',
    joins: '',
    label: 'tenant.name',
    fields: ['name'],
    alive: 'NOT EXISTS (SELECT FROM tenant AS above WHERE above.path @> tenant.path AND above.deleted_at IS NOT NULL)',
    tenantId: 'tenant.id',
    columns: { id: { sql: 'tenant.id', type: 'uuid' }, ...within },
    ...byName('tenant.name'),
    matches: (text, parameters) => named('tenant.name', text, parameters),
  },
  DOMAIN: {
    subject: 'Domain',
    table: 'domain',
    joins: toTenant('domain'),
    label: 'domain.display_name',
    fields: ['displayName', 'name'],
    alive: 'domain.deleted_at IS NULL',
    tenantId: 'domain.tenant_id',
    columns: { id: { sql: 'domain.id', type: 'uuid' }, ...within },
    ...byName('domain.display_name'),
    matches: (text, parameters) =>
      `${named('domain.display_name', text, parameters)} OR ${like('domain.name', text.plain, parameters)}
       OR ${like('domain.name', text.ascii, parameters)}`,
  },
  MAILBOX: {
    subject: 'Mailbox',
    table: 'mailbox',
    joins: throughDomain('mailbox'),
    label: 'mailbox.address',
    fields: ['address', 'name'],
    alive: 'mailbox.deleted_at IS NULL AND domain.deleted_at IS NULL',
    displayed: displayAddress,
    tenantId: 'domain.tenant_id',
    columns: inDomain('mailbox'),
    ...byAddress('mailbox'),
    matches: (text, parameters) =>
      `${addressed('mailbox', text, parameters)} OR ${named('mailbox.name', text, parameters)}`,
  },
  ALIAS: {
    subject: 'Alias',
    table: 'alias',
    joins: throughDomain('alias'),
    label: 'alias.address',
    fields: ['address'],
    alive: 'domain.deleted_at IS NULL',
    displayed: displayAddress,
    tenantId: 'domain.tenant_id',
    columns: inDomain('alias'),
    ...byAddress('alias'),
    matches: (text, parameters) => addressed('alias', text, parameters),
  },
  GROUP: {
    subject: 'Group',
    table: 'mail_group',
    joins: throughDomain('mail_group'),
    label: 'mail_group.address',
    fields: ['address', 'name'],
    alive: 'domain.deleted_at IS NULL',
    displayed: displayAddress,
    tenantId: 'domain.tenant_id',
    columns: inDomain('mail_group'),
    ...byAddress('mail_group'),
    matches: (text, parameters) =>
      `${addressed('mail_group', text, parameters)} OR ${named('mail_group.name', text, parameters)}`,
  },
  ADMINISTRATOR: {
    subject: 'Administrator',
    table: 'administrator',
    joins: toTenant('administrator'),
    label: 'administrator.email',
    fields: ['email', 'name'],
    alive: 'true',
    tenantId: 'administrator.tenant_id',
    columns: {
      id: { sql: 'administrator.id', type: 'uuid' },
      role: { sql: 'administrator.role', type: 'text' },
      ...within,
    },
    ...labelled('administrator.email', ({ plain }) => [plain]),
    matches: (text, parameters) =>
      `${like('administrator.email', text.plain, parameters)} OR ${named('administrator.name', text, parameters)}`,
  },
  MAIL_NODE: {
    subject: 'MailNode',
    table: 'mail_node',
    joins: '',
    label: 'mail_node.name',
    fields: ['name', 'hostName'],
    alive: 'true',
    tenantId: null,
    columns: { id: { sql: 'mail_node.id', type: 'uuid' } },
    ...labelled('lower(mail_node.name)', ({ plain }) => [plain]),
    matches: (text, parameters) =>
      `${like('lower(mail_node.name)', text.plain, parameters)} OR ${like('lower(mail_node.host_name)', text.plain, parameters)}`,
  },
}

/** The viewer's rules as a condition of the statement itself: what they do not allow is neither ranked nor counted. */
export async function permitted(
  context: AdminContext,
  { subject, columns, tenantId }: SearchableKind,
  parameters: SqlParameters,
): Promise<string> {
  if (tenantId === null) return accessible(context, 'read', subject, columns, parameters)
  const ofTenant = columns as SubjectColumns & typeof within
  return accessibleByTenant(context, 'read', subject, ofTenant, tenantId, parameters)
}
