/** Reads of what waits, narrowed to what the viewer may see. */
import { normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import { accessibleByTenant, may, permissionSubject, type AdminContext } from '../access/index.js'
import { pageShape, readPage, type PageOrder } from '../platform/connection.js'
import { invalidInput } from '../platform/errors.js'
import { connectionFrom, type ConnectionValue } from '../platform/graphql/connection-types.js'
import { isId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { defineEntityLoader, defineLoader, loadAll } from '../platform/loader.js'
import { SqlParameters } from '../platform/sql-parameters.js'
import { idCondition, withinCondition } from '../tenants/index.js'
import type {
  QueueDestination,
  QueueDestinationsArguments,
  QueuedMessageFilter,
  QueuedMessageOrder,
  QueuedMessagesArguments,
} from './queue.types.js'
import { QueuedMessage, queuedMessageColumns, queuedMessageSubject } from './queued-message.entity.js'

const queuedMessageById = defineEntityLoader(QueuedMessage, { domain: { tenant: true } })

const from = `queued_message JOIN domain ON domain.id = queued_message.domain_id
  JOIN tenant ON tenant.id = domain.tenant_id`

/** Null also where the viewer may not see it. */
export async function visibleQueuedMessage(context: AdminContext, id: string): Promise<QueuedMessage | null> {
  const message = isId(id) ? await queuedMessageById(context).load(id.toLowerCase()) : null
  return message && may(context, 'read', queuedMessageSubject(message)) ? message : null
}

export const isHeld = defineLoader<AdminContext, string, boolean>(async ({ database }, ids) => {
  const rows = await database.query<{ id: string }>(
    'SELECT id FROM queued_message WHERE id = ANY($1::uuid[]) AND is_held(queued_message)',
    [ids],
  )
  const held = new Set(rows.map((row) => row.id))
  return ids.map((id) => held.has(id))
})

const orders: Record<QueuedMessageOrder['field'], Omit<PageOrder, 'direction'>> = {
  QUEUED_AT: { name: 'queuedMessage.queuedAt', sql: 'queued_message.queued_at', type: 'timestamptz' },
  DESTINATION: { name: 'queuedMessage.destination', sql: 'queued_message.destination', type: 'text' },
}

export async function listQueuedMessages(
  context: AdminContext,
  request: QueuedMessagesArguments,
): Promise<ConnectionValue<QueuedMessage>> {
  pageShape(request)
  const { filter, orderBy } = request
  const parameters = new SqlParameters()
  const page = await readPage(context.database, request, {
    from,
    id: 'queued_message.id',
    conditions: await conditionsOf(context, filter ?? {}, parameters),
    parameters,
    order: { ...orders[orderBy?.field ?? 'QUEUED_AT'], direction: orderBy?.direction ?? 'ASC' },
  })
  return connectionFrom(page, await loadAll(queuedMessageById(context), page.ids))
}

const maxDestinations = 200

export async function countDestinations(
  context: AdminContext,
  { filter, first }: QueueDestinationsArguments,
): Promise<QueueDestination[]> {
  if (first < 1 || first > maxDestinations)
    throw invalidInput(['first'], `\`first\` must be from 1 to ${maxDestinations}.`, { max: maxDestinations })
  const parameters = new SqlParameters()
  const conditions = await conditionsOf(context, filter ?? {}, parameters)
  return context.database.query<QueueDestination>(
    `SELECT queued_message.destination, count(*)::integer AS "messageCount", min(queued_message.queued_at) AS "oldestAt",
       min(queued_message.next_attempt_at) AS "nextAttemptAt",
       (array_agg(queued_message.last_reply ORDER BY queued_message.attempts DESC))[1] AS "lastReply"
     FROM ${from} WHERE ${conditions.map((condition) => `(${condition})`).join(' AND ')}
     GROUP BY queued_message.destination ORDER BY count(*) DESC, queued_message.destination
     LIMIT ${parameters.bind(first, 'integer')}`,
    parameters.values,
  )
}

async function conditionsOf(
  context: AdminContext,
  filter: QueuedMessageFilter,
  parameters: SqlParameters,
): Promise<string[]> {
  const { withinId, domainId, mailboxId, mailNodeId, destination, sender, recipient, state, queuedBefore, search } =
    filter
  // To whoever sees no nodes there are none, and so nothing waits on them.
  if (isGiven(mailNodeId) && !may(context, 'read', permissionSubject('MailNode', { id: mailNodeId }))) return ['false']
  const conditions = [
    await accessibleByTenant(context, 'read', 'QueuedMessage', queuedMessageColumns, 'domain.tenant_id', parameters),
  ]
  const equals = (column: string, value: string | null): void =>
    void conditions.push(value === null ? 'false' : `queued_message.${column} = ${parameters.bind(value, 'text')}`)
  if (isGiven(withinId))
    conditions.push(await withinCondition(context, withinId, 'tenant.path', parameters, 'domain.tenant_id'))
  if (isGiven(domainId)) conditions.push(idCondition('queued_message.domain_id', domainId, parameters))
  if (isGiven(mailboxId)) conditions.push(idCondition('queued_message.mailbox_id', mailboxId, parameters))
  if (isGiven(mailNodeId)) conditions.push(idCondition('queued_message.mail_node_id', mailNodeId, parameters))
  if (isGiven(destination)) equals('destination', normalizeDomain(destination.trim()))
  if (isGiven(sender)) equals('sender', sender.trim() === '' ? '' : normalizeAddress(sender.trim()))
  if (isGiven(recipient)) equals('recipient', normalizeAddress(recipient.trim()))
  if (search?.trim()) conditions.push(searchCondition(search.trim(), parameters))
  if (isGiven(queuedBefore))
    conditions.push(`queued_message.queued_at < ${parameters.bind(queuedBefore, 'timestamptz')}`)
  if (state === 'HELD') conditions.push('is_held(queued_message)')
  else if (isGiven(state))
    conditions.push(`queued_message.attempts ${state === 'WAITING' ? '=' : '>'} 0`, 'NOT is_held(queued_message)')
  return conditions
}

function searchCondition(text: string, parameters: SqlParameters): string {
  const address = normalizeAddress(text)
  if (address !== null) {
    const bound = parameters.bind(address, 'text')
    return `queued_message.sender = ${bound} OR queued_message.recipient = ${bound}`
  }
  const destination = normalizeDomain(text.replace(/^@/, ''))
  return destination === null ? 'false' : `queued_message.destination = ${parameters.bind(destination, 'text')}`
}
