/** Changes of forwards. */
import { domainOf } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import { authorize, may, pathsAbove, permissionSubject, type Action, type AdminContext } from '../access/index.js'
import { recordChanges } from '../changes/index.js'
import { refuseLoop, requireTargets } from '../domains/index.js'
import { requireMailbox, type Mailbox } from '../mailboxes/index.js'
import { effectiveValue, queryAbove } from '../policies/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { refuseDeleted } from '../platform/deletion.js'
import { ExpectedError, notFound } from '../platform/errors.js'
import type { Status } from '../platform/graphql/enums.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { isId, newId } from '../platform/ids.js'
import { withoutNull } from '../platform/input.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { Forward, forwardSubject } from './forward.entity.js'
import type { CreateForwardInput, UpdateForwardInput } from './forward.types.js'

const maxTargets = 20

async function requireForward(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
): Promise<Forward> {
  if (isId(id)) {
    await manager.query(
      `SELECT FROM domain JOIN mailbox ON mailbox.domain_id = domain.id JOIN forward ON forward.mailbox_id = mailbox.id
       WHERE forward.id = $1 FOR SHARE OF domain`,
      [id],
    )
  }
  const forward = isId(id)
    ? await manager.findOne(Forward, { where: { id }, relations: { mailbox: { domain: { tenant: true } } } })
    : null
  authorize(context, action, forward && forwardSubject(forward))
  return forward!
}

export async function createForward(context: AdminContext, input: CreateForwardInput): Promise<string> {
  const targets = requireTargets(input.targets, maxTargets)
  const id = newId()
  await context.database.transaction(async (manager) => {
    const mailbox = await requireMailbox(context, manager, input.mailboxId, 'read', ['mailboxId'])
    refuseDeleted(mailbox, ['mailboxId'])
    const subject = permissionSubject('Forward', {
      id,
      domainId: mailbox.domain.id,
      within: pathsAbove(mailbox.domain.tenant.path),
    })
    if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
    await refuseLoop(manager, mailbox.address, targets)
    await requireAllowed(manager, mailbox, targets)
    const row = { id, mailboxId: mailbox.id, status: 'ACTIVE' as const, targets, keepCopy: input.keepCopy }
    await translateConstraints(
      {
        forward_mailbox_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['mailboxId'] }),
        forward_mailbox_fk: () => notFound(['mailboxId']),
      },
      () => manager.insert(Forward, row),
    )
    await recordChanges(manager, [{ kind: 'Forward', id, mailNodeId: mailbox.domain.mailNodeId }])
  })
  return id
}

export async function updateForward(context: AdminContext, input: UpdateForwardInput): Promise<string> {
  const given = withoutNull(input.targets, ['targets'])
  const targets = given === undefined ? undefined : requireTargets(given, maxTargets)
  return change(context, input, 'update', { targets, keepCopy: withoutNull(input.keepCopy, ['keepCopy']) })
}

export const setForwardStatus = (context: AdminContext, input: VersionedInput, status: Status): Promise<string> =>
  change(context, input, 'suspend', { status })

async function change(
  context: AdminContext,
  input: VersionedInput,
  action: Action,
  changes: Partial<Forward>,
): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, mailbox } = await requireForward(context, manager, input.id, action)
    if (changes.targets) {
      await refuseLoop(manager, mailbox.address, changes.targets)
      await requireAllowed(manager, mailbox, changes.targets)
    }
    await updateVersioned(manager, Forward, { id, version: input.version }, changes)
    await recordChanges(manager, [{ kind: 'Forward', id, mailNodeId: mailbox.domain.mailNodeId }])
    return id
  })
}

export async function deleteForward(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const { id, mailbox } = await requireForward(context, manager, input.id, 'delete')
    await deleteVersioned(manager, Forward, { id, version: input.version })
    await recordChanges(manager, [{ kind: 'Forward', id, mailNodeId: mailbox.domain.mailNodeId }])
    return id
  })
}

/** FORWARDING: what nodes would not follow is not taken either. */
async function requireAllowed(manager: EntityManager, mailbox: Mailbox, targets: readonly string[]): Promise<void> {
  const { domain } = mailbox
  const allowed = await effectiveValue(queryAbove(manager), 'FORWARDING', {
    tenantPath: domain.tenant.path,
    domainId: domain.id,
    mailbox,
  })
  if (allowed === 'ANY') return
  const domains = [...new Set(targets.map(domainOf))]
  const [own] = await manager.query(
    'SELECT count(*)::int AS count FROM domain WHERE name = ANY($1::text[]) AND tenant_id = $2 AND proof IS NOT NULL',
    [domains, domain.tenantId],
  )
  if (allowed === 'OWN_DOMAINS' && own.count === domains.length) return
  throw new ExpectedError('POLICY_REFUSED', { path: ['targets'], params: { policy: 'FORWARDING' } })
}
