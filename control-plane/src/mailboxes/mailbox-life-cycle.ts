/** Suspension, and deletion with a time of grace: the address stays taken and the mail where it is until the end. */
import type { EntityManager } from 'typeorm'
import type { Action, AdminContext } from '../access/index.js'
import { recordChanges, recordPoliciesOf, type ConfigChangeRecord } from '../changes/index.js'
import { changeStatus, markDeleted, restoreDeleted } from '../platform/deletion.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { requireVersion } from '../platform/versioned.js'
import { Mailbox } from './mailbox.entity.js'
import { changeOf, requireMailbox } from './mailbox.service.js'

async function changeLife(
  context: AdminContext,
  { id }: VersionedInput,
  action: Action,
  change: (manager: EntityManager, mailbox: Mailbox) => Promise<void>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, id, action)
    await change(manager, mailbox)
    await recordChanges(manager, [changeOf(mailbox)])
    return mailbox.id
  })
}

export const setMailboxStatus = (
  context: AdminContext,
  input: VersionedInput,
  status: Status,
  receiving = false,
): Promise<string> =>
  changeLife(context, input, 'suspend', (manager, mailbox) =>
    changeStatus(manager, Mailbox, mailbox, input.version, status, receiving),
  )

/** `permanently`, or one that is deleted already: now and for good. */
export const deleteMailbox = (context: AdminContext, input: VersionedInput, permanently: boolean): Promise<string> =>
  changeLife(context, input, 'delete', async (manager, mailbox) => {
    if (!permanently) return markDeleted(manager, Mailbox, mailbox, input.version)
    // So that nothing comes in between, of whose end nobody would be told.
    await manager.query('SELECT FROM mailbox WHERE id = $1 FOR UPDATE', [mailbox.id])
    await requireVersion(manager, 'mailbox', { id: mailbox.id, version: input.version })
    await endMailbox(manager, { id: mailbox.id, mailNodeId: mailbox.domain.mailNodeId })
  })

export const restoreMailbox = (context: AdminContext, input: VersionedInput): Promise<string> =>
  changeLife(context, input, 'delete', (manager, mailbox) => restoreDeleted(manager, Mailbox, mailbox, input.version))

/** What ends with it, and which others lose it as a member. */
const concerned = `SELECT 'Forward' AS kind, id FROM forward WHERE mailbox_id = $1
  UNION ALL SELECT 'AppPassword', id FROM app_password WHERE mailbox_id = $1
  UNION ALL SELECT 'Mailbox', mailbox_id FROM mailbox_member WHERE member_id = $1`

/** The caller holds the row. */
export async function endMailbox(
  manager: EntityManager,
  { id, mailNodeId }: { id: string; mailNodeId: string | null },
): Promise<void> {
  const others: Omit<ConfigChangeRecord, 'mailNodeId'>[] = await manager.query(concerned, [id])
  await recordPoliciesOf(manager, id, mailNodeId)
  await manager.query('DELETE FROM mailbox WHERE id = $1', [id])
  await recordChanges(manager, [
    ...others.map((other) => ({ ...other, mailNodeId })),
    { kind: 'Mailbox', id, mailNodeId },
  ])
}
