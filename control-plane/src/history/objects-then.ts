/** Which objects a node served, or a domain had, as of a revision: those that it has, and those that it has no more. By id, page by page. */
import type { AdminContext } from '../access/index.js'
import { configObjectOf, type ConfigObjectType } from './config-objects.js'
import { entriesSince } from './entries-since.js'

interface ObjectsPage {
  type: ConfigObjectType
  /** Null: now. */
  revision: number | null
  after: string | null
  limit: number
  mailNodeId?: string
  domainId?: string
}

/** $2 is the node. Where a domain was moved since, the oldest entry that says so tells from where. */
const domainsOfNode = `
  SELECT candidate.id FROM (
    SELECT id FROM domain WHERE mail_node_id = $2
    UNION SELECT subject_id FROM (${entriesSince('$1', `'Domain'`)}) AS entry WHERE entry.before->>'mail_node_id' = $2::text
  ) AS candidate
  LEFT JOIN domain ON domain.id = candidate.id
  LEFT JOIN LATERAL (
    SELECT entry.before->>'mail_node_id' AS node FROM (${entriesSince('$1', `'Domain'`)}) AS entry
    WHERE entry.subject_id = candidate.id AND entry.before ? 'mail_node_id' ORDER BY entry.ordinal LIMIT 1
  ) AS moved ON true
  WHERE coalesce(moved.node, domain.mail_node_id::text) = $2::text`

const goneOf = (type: ConfigObjectType, column: string, owners: string): string => `
  SELECT entry.subject_id FROM (${entriesSince('$1', `'${type}'`)}) AS entry
  WHERE entry.change = 'DELETED' AND (entry.before->>'${column}')::uuid IN (${owners})`

const mailboxes = `SELECT id FROM mailbox WHERE domain_id IN (SELECT id FROM place)
  UNION ${goneOf('Mailbox', 'domain_id', 'SELECT id FROM place')}`
const tenantsAbove = `SELECT above.id FROM domain JOIN tenant AS own ON own.id = domain.tenant_id
  JOIN tenant AS above ON above.path @> own.path WHERE domain.id IN (SELECT id FROM place)`

function idsIn(type: ConfigObjectType): string {
  const { table } = configObjectOf(type)
  switch (type) {
    case 'MailNode':
      return 'SELECT $2::uuid AS id'
    case 'Domain':
      return 'SELECT id FROM place'
    case 'Mailbox':
      return mailboxes
    case 'Forward':
      return `SELECT id FROM forward WHERE mailbox_id IN (${mailboxes}) UNION ${goneOf(type, 'mailbox_id', mailboxes)}`
    case 'Policy':
      return `SELECT id FROM policy WHERE domain_id IN (SELECT id FROM place) OR mailbox_id IN (${mailboxes})
          OR tenant_id IN (${tenantsAbove})
        UNION ${goneOf(type, 'domain_id', 'SELECT id FROM place')} UNION ${goneOf(type, 'mailbox_id', mailboxes)}
        UNION ${goneOf(type, 'tenant_id', tenantsAbove)}`
    default:
      return `SELECT id FROM ${table} WHERE domain_id IN (SELECT id FROM place)
        UNION ${goneOf(type, 'domain_id', 'SELECT id FROM place')}`
  }
}

export async function objectIds(context: AdminContext, page: ObjectsPage): Promise<string[]> {
  const { type, revision, after, limit, mailNodeId, domainId } = page
  if (type === 'MailNode' && mailNodeId === undefined) return []
  const place = mailNodeId === undefined ? 'SELECT $2::uuid AS id' : domainsOfNode
  const rows = await context.system.query<{ id: string }>(
    `WITH place AS (${place}) SELECT id FROM (${idsIn(type)}) AS object (id)
     WHERE coalesce($1::bigint, 0) >= 0 AND ($3::uuid IS NULL OR id > $3::uuid) ORDER BY id LIMIT $4`,
    [revision, mailNodeId ?? domainId, after, limit],
  )
  return rows.map(({ id }) => id)
}
