/** From what a caller names to what a hold or a command says: everything named is looked up and checked, the messages each. */
import { normalizeDomain } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import {
  authorize,
  may,
  pathsAbove,
  permissionSubject,
  requireViewer,
  type Action,
  type AdminContext,
} from '../access/index.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import type { QueueScopeInput } from './queue.types.js'

export interface StandingScope {
  tenantId: string
  domainId: string | null
  mailboxId: string | null
  destination: string | null
}

export interface NamedMessage extends StandingScope {
  mailNodeId: string
  transactionId: string
  recipient: string
}

/** `messages` null: all that the scope meets. */
export interface QueueScope {
  standing: StandingScope
  messages: NamedMessage[] | null
}

export interface Wanted {
  action: Action
  subject: 'QueuedMessage' | 'QueueHold'
}

const maxMessages = 200

const statements = {
  Tenant: `SELECT id, path::text, id AS tenant_id, NULL::uuid AS domain_id FROM tenant WHERE id = $1 FOR SHARE`,
  Domain: `SELECT domain.id, tenant.path::text, tenant.id AS tenant_id, domain.id AS domain_id
    FROM domain JOIN tenant ON tenant.id = domain.tenant_id WHERE domain.id = $1 FOR SHARE OF domain`,
  Mailbox: `SELECT mailbox.id, tenant.path::text, tenant.id AS tenant_id, domain.id AS domain_id
    FROM mailbox JOIN domain ON domain.id = mailbox.domain_id JOIN tenant ON tenant.id = domain.tenant_id
    WHERE mailbox.id = $1 FOR SHARE OF mailbox, domain`,
}

interface PlaceRow {
  id: string
  path: string
  tenant_id: string
  domain_id: string | null
}

export async function requireScope(
  context: AdminContext,
  manager: EntityManager,
  input: QueueScopeInput,
  wanted: Wanted,
): Promise<QueueScope> {
  const place = async (kind: keyof typeof statements, id: string | null | undefined, field: string) => {
    if (!isGiven(id)) return null
    const [row]: PlaceRow[] = isId(id) ? await manager.query(statements[kind], [id]) : []
    const within = row ? pathsAbove(row.path) : []
    authorize(context, 'read', row ? permissionSubject(kind, { id: row.id, domainId: row.domain_id, within }) : null, [
      field,
    ])
    requireMay(context, wanted, row!)
    return row!
  }
  const messages = isGiven(input.queuedMessageIds)
    ? await requireMessages(context, manager, input.queuedMessageIds, wanted)
    : null
  const tenant = await place('Tenant', input.tenantId, 'tenantId')
  const domain = await place('Domain', input.domainId, 'domainId')
  const mailbox = await place('Mailbox', input.mailboxId, 'mailboxId')
  const destination = isGiven(input.destination) ? requireDestination(input.destination) : null
  if (!messages && !tenant && !domain && !mailbox && destination === null)
    throw invalidInput([], 'Say which messages are meant.')
  const standing = {
    tenantId: (tenant ?? domain ?? mailbox)?.tenant_id ?? requireViewer(context).tenantId,
    domainId: domain?.id ?? null,
    mailboxId: mailbox?.id ?? null,
    destination,
  }
  if (!messages && !tenant && !domain && !mailbox) await place('Tenant', standing.tenantId, 'tenantId')
  const meant = messages?.filter(
    (message) =>
      (!tenant || message.path === tenant.path || message.path.startsWith(`${tenant.path}.`)) &&
      (!domain || message.domainId === domain.id) &&
      (!mailbox || message.mailboxId === mailbox.id) &&
      (destination === null || message.destination === destination),
  )
  return { standing, messages: meant ?? null }
}

function requireMay(context: AdminContext, { action, subject }: Wanted, place: PlaceRow): void {
  const { id, domain_id: domainId, path } = place
  if (!may(context, action, permissionSubject(subject, { id, domainId, within: pathsAbove(path) })))
    throw new ExpectedError('FORBIDDEN')
}

async function requireMessages(context: AdminContext, manager: EntityManager, ids: string[], wanted: Wanted) {
  if (ids.length < 1 || ids.length > maxMessages)
    throw invalidInput(['queuedMessageIds'], `1 to ${maxMessages} at a time.`, { min: 1, max: maxMessages })
  if (!ids.every(isId)) throw notFound(['queuedMessageIds'])
  const wantedIds = [...new Set(ids.map((id) => id.toLowerCase()))]
  const rows: (PlaceRow & Omit<NamedMessage, 'tenantId'>)[] = await manager.query(
    `SELECT message.id, tenant.path::text, tenant.id AS tenant_id, domain.id AS domain_id, domain.id AS "domainId",
       message.mailbox_id AS "mailboxId", message.destination, message.mail_node_id AS "mailNodeId",
       message.transaction_id AS "transactionId", message.recipient
     FROM queued_message AS message JOIN domain ON domain.id = message.domain_id
     JOIN tenant ON tenant.id = domain.tenant_id WHERE message.id = ANY($1::uuid[]) ORDER BY message.id`,
    [wantedIds],
  )
  const subjectOf = (row: PlaceRow) =>
    permissionSubject('QueuedMessage', { id: row.id, domainId: row.domain_id, within: pathsAbove(row.path) })
  // One that has left the queue meanwhile is no reason to do nothing with the others.
  const seen = rows.filter((row) => may(context, 'read', subjectOf(row)))
  if (seen.length === 0) throw notFound(['queuedMessageIds'])
  for (const row of seen) requireMay(context, wanted, row)
  return seen.map((row) => ({ ...row, tenantId: row.tenant_id }))
}

function requireDestination(text: string): string {
  const destination = normalizeDomain(text.trim())
  if (destination === null) throw invalidInput(['destination'], 'This is no domain name.')
  return destination
}
