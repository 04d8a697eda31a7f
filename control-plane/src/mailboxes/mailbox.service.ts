/** Changes of mailboxes. Addresses never change: the node keeps mail by them. */
import type { EntityManager } from 'typeorm'
import { authorize, type Action, type AdminContext } from '../access/index.js'
import { requireBudget } from '../budgets/index.js'
import { recordChanges, type ConfigChangeRecord } from '../changes/index.js'
import { refuseDeleted } from '../platform/deletion.js'
import { invalidInput } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId } from '../platform/ids.js'
import { requireNewPassword } from '../policies/index.js'
import { withoutNull } from '../platform/input.js'
import { updateVersioned } from '../platform/versioned.js'
import { createMailboxes } from './create-mailboxes.js'
import { Mailbox, mailboxSubject } from './mailbox.entity.js'
import { requireMailboxName, requireQuota } from './mailbox-fields.js'
import { noSecrets, passwordRule, secretsOf } from './mailbox-secrets.js'
import type { CreateMailboxInput, UpdateMailboxInput } from './mailbox.types.js'

/** The mailbox, checked against the viewer, for a change in this transaction. Its domain keeps its node until that ends. */
export async function requireMailbox(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
  path = ['id'],
): Promise<Mailbox> {
  if (isId(id)) {
    await manager.query(
      'SELECT FROM domain JOIN mailbox ON mailbox.domain_id = domain.id WHERE mailbox.id = $1 FOR SHARE OF domain',
      [id],
    )
  }
  const mailbox = isId(id)
    ? await manager.findOne(Mailbox, { where: { id }, relations: { domain: { tenant: true } } })
    : null
  authorize(context, action, mailbox && mailboxSubject(mailbox), path)
  return mailbox!
}

export const changeOf = ({ id, domain }: Mailbox): ConfigChangeRecord => ({
  kind: 'Mailbox',
  id,
  mailNodeId: domain.mailNodeId,
})

/** The row stays as it was read: whoever changes it has another version then. */
async function requireStorage(manager: EntityManager, mailbox: Mailbox, quotaBytes: number | null | undefined) {
  if (quotaBytes === undefined || quotaBytes === mailbox.quotaBytes) return
  const storageBytes = quotaBytes === null ? null : quotaBytes - (mailbox.quotaBytes ?? 0)
  await requireBudget(manager, mailbox.domain.tenant.path, { storageBytes })
}

export async function createMailbox(context: AdminContext, input: CreateMailboxInput): Promise<string> {
  const { shared, ...rest } = input
  const password = input.password ?? null
  if (shared === (password !== null)) {
    throw invalidInput(['password'], shared ? 'A shared mailbox has no password.' : 'There must be a password.')
  }
  const secrets = password === null ? noSecrets : await secretsOf(password)
  const [id] = await createMailboxes(context, [{ ...rest, password, secrets }])
  return id!
}

export async function updateMailbox(context: AdminContext, input: UpdateMailboxInput): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  const password = withoutNull(input.password, ['password'])
  const changes = {
    name: name === undefined ? undefined : requireMailboxName(name),
    quotaBytes: requireQuota(input.quotaBytes),
    ...(password === undefined ? {} : await secretsOf(password, await scramOf(context, input.id))),
  }
  return change(context, input, changes, password)
}

/** Not yet checked against the viewer, and told to nobody. */
async function scramOf({ database }: AdminContext, id: string): Promise<Mailbox['scram']> {
  const [row] = isId(id) ? await database.query<Mailbox>('SELECT scram FROM mailbox WHERE id = $1', [id]) : []
  return row?.scram ?? null
}

async function change(
  context: AdminContext,
  input: VersionedInput,
  changes: Partial<Mailbox>,
  password?: string,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.id, 'update')
    refuseDeleted(mailbox)
    if (password !== undefined) {
      if (mailbox.shared) throw invalidInput(['password'], 'A shared mailbox has no password.')
      const { id, domain, quotaBytes, version } = mailbox
      const object = { tenantPath: domain.tenant.path, domainId: domain.id, mailbox: { id, quotaBytes, version } }
      await requireNewPassword(manager, { kind: 'mailbox', id, object }, password, passwordRule)
    }
    await requireStorage(manager, mailbox, changes.quotaBytes)
    await updateVersioned(manager, Mailbox, { id: mailbox.id, version: input.version }, changes)
    await recordChanges(manager, [changeOf(mailbox)])
    return mailbox.id
  })
}
