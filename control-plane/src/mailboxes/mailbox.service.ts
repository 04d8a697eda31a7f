/** Changes of mailboxes. Addresses never change: the node keeps mail by them. */
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { requireBudget } from '../budgets/index.js'
import { recordChanges, recordPoliciesOf, type ConfigChangeRecord } from '../changes/index.js'
import { addressTaken, requireAddress, requireDomain } from '../domains/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { requireNewPassword } from '../policies/index.js'
import { isGiven } from '../platform/is-given.js'
import { requirePassword, requireText, withoutNull } from '../platform/input.js'
import { hashPassword } from '../platform/password.js'
import { makeScramVerifier } from '../platform/scram-verifier.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { Mailbox, mailboxSubject } from './mailbox.entity.js'
import type { CreateMailboxInput, UpdateMailboxInput } from './mailbox.types.js'

const maxMailboxName = 200
const minPassword = 8
const passwordRule = { path: ['password'], floor: minPassword }

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

const changeOf = ({ id, domain }: Mailbox): ConfigChangeRecord => ({
  kind: 'Mailbox',
  id,
  mailNodeId: domain.mailNodeId,
})

function requireQuota(quotaBytes: number | null | undefined): number | null | undefined {
  if (isGiven(quotaBytes) && quotaBytes < 0) throw invalidInput(['quotaBytes'], 'A quota cannot be negative.')
  return quotaBytes
}

/** The row stays as it was read: whoever changes it has another version then. */
async function requireStorage(manager: EntityManager, mailbox: Mailbox, quotaBytes: number | null | undefined) {
  if (quotaBytes === undefined || quotaBytes === mailbox.quotaBytes) return
  const storageBytes = quotaBytes === null ? null : quotaBytes - (mailbox.quotaBytes ?? 0)
  await requireBudget(manager, mailbox.domain.tenant.path, { storageBytes })
}

/** What is kept of a password. Always both: a verifier of a former password would go on letting it in. */
const secretsOf = async (password: string): Promise<Pick<Mailbox, 'passwordHash' | 'scram'>> => ({
  passwordHash: await hashPassword(password),
  scram: await makeScramVerifier(password),
})

export async function createMailbox(context: AdminContext, input: CreateMailboxInput): Promise<string> {
  const name = requireText(input.name, ['name'], maxMailboxName)
  const quotaBytes = requireQuota(input.quotaBytes) ?? null
  const secrets = await secretsOf(requirePassword(input.password, ['password'], minPassword))
  const id = newId()
  await context.database.transaction(async (manager) => {
    const domain = await requireDomain(context, manager, input.domainId, 'read', ['domainId'])
    const subject = permissionSubject('Mailbox', { id, domainId: domain.id, within: pathsAbove(domain.tenant.path) })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    const object = { tenantPath: domain.tenant.path, domainId: domain.id }
    await requireNewPassword(manager, { kind: 'mailbox', id: null, object }, input.password, passwordRule)
    await requireBudget(manager, domain.tenant.path, { mailboxes: 1, storageBytes: quotaBytes })
    const address = requireAddress(domain, input.localPart)
    const row = { id, domainId: domain.id, ...address, name, status: 'ACTIVE' as const, quotaBytes, ...secrets }
    await translateConstraints(addressTaken, () => manager.insert(Mailbox, row))
    await recordChanges(manager, [{ kind: 'Mailbox', id, mailNodeId: domain.mailNodeId }])
  })
  return id
}

export async function updateMailbox(context: AdminContext, input: UpdateMailboxInput): Promise<string> {
  const name = withoutNull(input.name, ['name'])
  const password = withoutNull(input.password, ['password'])
  const changes = {
    name: name === undefined ? undefined : requireText(name, ['name'], maxMailboxName),
    quotaBytes: requireQuota(input.quotaBytes),
    ...(password === undefined ? {} : await secretsOf(requirePassword(password, ['password'], minPassword))),
  }
  return change(context, input, 'update', changes, password)
}

export const setMailboxStatus = (context: AdminContext, input: VersionedInput, status: Status): Promise<string> =>
  change(context, input, 'suspend', { status })

async function change(
  context: AdminContext,
  input: VersionedInput,
  action: Action,
  changes: Partial<Mailbox>,
  password?: string,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.id, action)
    if (password !== undefined) {
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

/** Its forward goes with it. */
export async function deleteMailbox(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.id, 'delete')
    // So that no forward comes in between, of whose end nobody would be told.
    await manager.query('SELECT FROM mailbox WHERE id = $1 FOR UPDATE', [mailbox.id])
    const forwards: { id: string }[] = await manager.query('SELECT id FROM forward WHERE mailbox_id = $1', [mailbox.id])
    await recordPoliciesOf(manager, mailbox.id, mailbox.domain.mailNodeId)
    await deleteVersioned(manager, Mailbox, { id: mailbox.id, version: input.version })
    const { mailNodeId } = mailbox.domain
    await recordChanges(manager, [
      ...forwards.map(({ id }) => ({ kind: 'Forward' as const, id, mailNodeId })),
      changeOf(mailbox),
    ])
    return mailbox.id
  })
}
