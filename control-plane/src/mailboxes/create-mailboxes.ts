/**
 * Makes mailboxes: all of a list, or none of it. One is a list of one; an import makes hundreds by the same few statements, which
 * see to the same rights, budgets and policies.
 */
import type { EntityManager } from 'typeorm'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { requireBudget } from '../budgets/index.js'
import { recordChanges } from '../changes/index.js'
import { addressTaken, requireAddress, requireDomains, type Domain } from '../domains/index.js'
import { translateConstraints } from '../platform/database-errors.js'
import { ExpectedError } from '../platform/errors.js'
import { newId } from '../platform/ids.js'
import { requireNewPassword } from '../policies/index.js'
import { Mailbox } from './mailbox.entity.js'
import { requireMailboxName, requireQuota } from './mailbox-fields.js'
import { passwordRule, type MailboxSecrets } from './mailbox-secrets.js'

export interface NewMailbox {
  domainId: string
  localPart: string
  name: string
  quotaBytes?: number | null
  /** Null where it came as a hash: of that nobody knows how long the password is. */
  password: string | null
  secrets: MailboxSecrets
}

export async function createMailboxes(context: AdminContext, inputs: readonly NewMailbox[]): Promise<string[]> {
  const wanted = inputs.map((input) => ({
    input,
    id: newId(),
    name: requireMailboxName(input.name),
    quotaBytes: requireQuota(input.quotaBytes) ?? null,
  }))
  await context.database.transaction(async (manager) => {
    const ids = [...new Set(inputs.map((input) => input.domainId))]
    const domains = await requireDomains(context, manager, ids, 'read', ['domainId'])
    const rows: Partial<Mailbox>[] = []
    for (const { input, id, name, quotaBytes } of wanted) {
      const domain = domains.get(input.domainId)!
      const within = pathsAbove(domain.tenant.path)
      const subject = permissionSubject('Mailbox', { id, domainId: domain.id, within })
      if (!may(context, 'create', subject)) throw new ExpectedError('FORBIDDEN')
      if (input.password !== null) {
        const object = { tenantPath: domain.tenant.path, domainId: domain.id }
        await requireNewPassword(manager, { kind: 'mailbox', id: null, object }, input.password, passwordRule)
      }
      const address = requireAddress(domain, input.localPart)
      rows.push({ id, domainId: domain.id, ...address, name, status: 'ACTIVE', quotaBytes, ...input.secrets })
    }
    await requireRoom(manager, [...domains.values()], rows)
    await translateConstraints(addressTaken, () => manager.insert(Mailbox, rows))
    const nodeOf = new Map([...domains.values()].map((domain) => [domain.id, domain.mailNodeId]))
    await recordChanges(
      manager,
      rows.map(({ id, domainId }) => ({ kind: 'Mailbox' as const, id: id!, mailNodeId: nodeOf.get(domainId!)! })),
    )
  })
  return wanted.map(({ id }) => id)
}

/** Tenant by tenant, what all of its rows need together. */
async function requireRoom(
  manager: EntityManager,
  domains: readonly Domain[],
  rows: readonly Partial<Mailbox>[],
): Promise<void> {
  const pathOf = new Map(domains.map((domain) => [domain.id, domain.tenant.path]))
  for (const path of [...new Set(pathOf.values())].sort()) {
    const own = rows.filter((row) => pathOf.get(row.domainId!) === path)
    const quotas = own.map((row) => row.quotaBytes ?? null)
    const storageBytes = quotas.includes(null) ? null : quotas.reduce<number>((sum, quota) => sum + quota!, 0)
    await requireBudget(manager, path, { mailboxes: own.length, storageBytes })
  }
}
