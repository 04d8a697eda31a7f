/**
 * Holds, their end, and commands. What is kept here nodes are sent as config (nodes/stream/projection.ts), and so a node that is away
 * hears of it when it is back.
 */
import { authorize, type AdminContext } from '../access/index.js'
import type { EntityManager } from 'typeorm'
import { invalidInput } from '../platform/errors.js'
import { isId, newId } from '../platform/ids.js'
import { isGiven } from '../platform/is-given.js'
import { requireText } from '../platform/input.js'
import { QueueHold, queueHoldSubject } from './queue-hold.entity.js'
import { excuseSending } from './unusual-sending.js'
import { requireScope, type NamedMessage, type QueueScope } from './queue-scope.js'
import type { HoldQueuedMessagesInput, QueueScopeInput } from './queue.types.js'

/** Each goes to each node. */
const maxHolds = 2_000
/** That nodes are still told of (start-queue.ts). */
const maxCommands = 2_000
const maxNote = 500

export type QueueAction = 'RETRY' | 'BOUNCE' | 'DELETE'

/** The ids of the holds: those that were there already among them. */
export async function holdMessages(context: AdminContext, input: HoldQueuedMessagesInput): Promise<string[]> {
  return context.database.transaction(async (manager) => {
    const { standing, messages } = await requireScope(context, manager, input, {
      action: 'create',
      subject: 'QueueHold',
    })
    const note = isGiven(input.note) && input.note.trim() !== '' ? requireText(input.note, ['note'], maxNote) : null
    const wanted = messages ?? [{ ...standing, mailNodeId: null, transactionId: null, recipient: null }]
    for (const tenantId of new Set(wanted.map((hold) => hold.tenantId)))
      await requireRoom(manager, 'queue_hold', tenantId, maxHolds)
    const ids: string[] = []
    for (const hold of wanted) {
      const name = [hold.tenantId, hold.domainId, messages ? null : hold.mailboxId, messages ? null : hold.destination]
      const values = [...name, hold.mailNodeId, hold.transactionId, hold.recipient]
      const [made] = await manager.query(
        `INSERT INTO queue_hold (id, tenant_id, domain_id, mailbox_id, destination, mail_node_id, transaction_id, recipient,
           reason, note)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'ADMINISTRATOR', $9) ON CONFLICT DO NOTHING RETURNING id`,
        [newId(), ...values, note],
      )
      const [kept] = made
        ? [made]
        : await manager.query(
            `SELECT id FROM queue_hold WHERE (tenant_id, domain_id, mailbox_id, destination, mail_node_id, transaction_id,
               recipient) IS NOT DISTINCT FROM ($1::uuid, $2::uuid, $3::uuid, $4::text, $5::uuid, $6::text, $7::text)`,
            values,
          )
      if (kept) ids.push(kept.id as string)
    }
    return ids
  })
}

export async function releaseHold(context: AdminContext, id: string): Promise<string> {
  return context.database.transaction(async (manager) => {
    const hold = isId(id) ? await manager.findOne(QueueHold, { where: { id }, relations: { tenant: true } }) : null
    authorize(context, 'delete', hold && queueHoldSubject(hold))
    await manager.delete(QueueHold, { id: hold!.id })
    if (hold!.reason === 'UNUSUAL_SENDING' && hold!.mailboxId !== null) await excuseSending(manager, hold!.mailboxId)
    return hold!.id
  })
}

/** How many messages it is about. */
export async function commandQueue(
  context: AdminContext,
  action: QueueAction,
  input: QueueScopeInput,
): Promise<number> {
  return context.database.transaction(async (manager) => {
    const scope = await requireScope(context, manager, input, {
      action: action === 'RETRY' ? 'update' : 'delete',
      subject: 'QueuedMessage',
    })
    if (scope.messages === null) {
      const { tenantId, domainId, mailboxId, destination } = scope.standing
      await giveCommand(manager, [action, tenantId, domainId, mailboxId, destination, null, null])
      return countMeant(manager, scope)
    }
    for (const some of byNodeAndDomain(scope.messages)) {
      const { tenantId, domainId, mailNodeId } = some[0]!
      const names = some.map(({ transactionId, recipient }) => ({ transactionId, recipient }))
      await giveCommand(manager, [action, tenantId, domainId, null, null, mailNodeId, JSON.stringify(names)])
    }
    return scope.messages.length
  })
}

type CommandValues = [action: QueueAction, tenantId: string, ...(string | null)[]]

async function giveCommand(manager: EntityManager, values: CommandValues): Promise<void> {
  await requireRoom(manager, 'queue_command', values[1], maxCommands)
  await manager.query(
    `INSERT INTO queue_command (id, action, tenant_id, domain_id, mailbox_id, destination, mail_node_id, messages)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [newId(), ...values],
  )
}

/** A command is of one node, and belongs to one domain: to be seen in the trail by whoever administers that one. */
function byNodeAndDomain(messages: NamedMessage[]): NamedMessage[][] {
  const groups = new Map<string, NamedMessage[]>()
  for (const message of messages) {
    const key = `${message.mailNodeId} ${message.domainId}`
    groups.set(key, [...(groups.get(key) ?? []), message])
  }
  return [...groups.values()]
}

async function requireRoom(manager: EntityManager, table: string, tenantId: string, max: number): Promise<void> {
  const [{ count }] = await manager.query(`SELECT count(*)::integer AS count FROM ${table} WHERE tenant_id = $1`, [
    tenantId,
  ])
  if (count >= max) throw invalidInput([], `A tenant has at most ${max} of these at a time.`, { max })
}

async function countMeant(manager: EntityManager, { standing }: QueueScope): Promise<number> {
  const { tenantId, domainId, mailboxId, destination } = standing
  const [{ count }] = await manager.query(
    `SELECT count(*)::integer AS count FROM queued_message AS message
     JOIN domain ON domain.id = message.domain_id JOIN tenant ON tenant.id = domain.tenant_id
     WHERE tenant.path <@ (SELECT path FROM tenant WHERE id = $1)
       AND ($2::uuid IS NULL OR domain.id = $2) AND ($3::uuid IS NULL OR message.mailbox_id = $3)
       AND ($4::text IS NULL OR message.destination = $4)`,
    [tenantId, domainId, mailboxId, destination],
  )
  return count
}
