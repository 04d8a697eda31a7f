/**
 * What a tenant has, as far as the viewer sees it. Whoever may see some fields of such objects and not others makes no plans: a
 * plan shows what there is, field by field.
 */
import { hasFieldRules, requireViewer, type AdminContext, type SubjectName } from '../access/index.js'
import { listAliases } from '../aliases/index.js'
import { listDomains } from '../domains/index.js'
import { listForwards } from '../forwards/index.js'
import { listGroups } from '../groups/index.js'
import { listMailboxes } from '../mailboxes/index.js'
import { ExpectedError } from '../platform/errors.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { forgetLoaded } from '../platform/loader.js'
import { listAccessRoles } from '../roles/index.js'
import type { Tenant } from '../tenants/index.js'
import { settingsOf, type CurrentItem, type Settings } from './items.js'
import { currentRoles } from './role-items.js'
import { wrong } from './read-manifest.js'

const pageSize = 200
/** More is not what manifests are for. */
const maxObjects = 20_000
const subjects: SubjectName[] = ['Domain', 'Mailbox', 'Alias', 'Group', 'Forward', 'Policy', 'AccessRole']

type List<T> = (context: AdminContext, request: object) => Promise<ConnectionValue<T>>

export async function currentItems(context: AdminContext, tenant: Tenant): Promise<CurrentItem[]> {
  const viewer = requireViewer(context)
  if (subjects.some((subject) => hasFieldRules(viewer, 'read', subject))) throw new ExpectedError('FORBIDDEN')
  forgetLoaded(context)
  let count = 0
  const all = async <T>(list: List<T>, filter: object): Promise<T[]> => {
    const found: T[] = []
    for (let after: string | null = null; ;) {
      const page = await list(context, { first: pageSize, after, filter })
      found.push(...page.nodes)
      if ((count += page.nodes.length) > maxObjects) throw wrong(`The tenant has more than ${maxObjects} objects.`)
      if (!page.pageInfo.hasNextPage) return found
      after = page.pageInfo.endCursor
    }
  }
  const own = { tenantId: tenant.id }
  const domains = await all(listDomains, own)
  const names = new Map(domains.map(({ id, name }) => [id, name]))
  const inDomain = <T extends { domainId: string }>(objects: T[]): T[] =>
    objects.filter((one) => names.has(one.domainId))
  const mailboxes = inDomain(await all(listMailboxes, own))
  const isThere = new Set(mailboxes.map(({ id }) => id))
  const forwards = (await all(listForwards, { withinId: tenant.id })).filter(({ mailboxId }) => isThere.has(mailboxId))
  const sorted = (list: readonly string[]): string[] => [...list].sort()
  return [
    ...domains.map(({ name: key, version, status, catchAll }): CurrentItem => ({
      ...{ kind: 'Domain', key, parent: null, version, status },
      fields: { catchAll },
    })),
    ...mailboxes.map(({ address: key, domainId, version, status, name, quotaBytes }): CurrentItem => ({
      ...{ kind: 'Mailbox', key, parent: names.get(domainId)!, version, status },
      fields: { name, quotaBytes },
    })),
    ...inDomain(await all(listAliases, own)).map(
      ({ address: key, domainId, version, status, targets }): CurrentItem => ({
        ...{ kind: 'Alias', key, parent: names.get(domainId)!, version, status },
        fields: { targets: sorted(targets) },
      }),
    ),
    ...inDomain(await all(listGroups, own)).map(
      ({ address: key, domainId, version, status, name, members, owners, posting, posters }): CurrentItem => ({
        ...{ kind: 'Group', key, parent: names.get(domainId)!, version, status },
        fields: { name, members: sorted(members), owners: sorted(owners), posting, posters: sorted(posters) },
      }),
    ),
    ...forwards.map(({ mailbox, version, status, targets, keepCopy }): CurrentItem => ({
      ...{ kind: 'Forward', key: mailbox.address, parent: mailbox.address, version, status },
      fields: { targets: sorted(targets), keepCopy },
    })),
    ...(await currentRoles(context, tenant, await all(listAccessRoles, own))),
    ...(await currentPolicies(context, tenant, names, mailboxes)),
  ]
}

interface PolicyRow {
  version: number
  settings: Settings
  domain_id: string | null
  mailbox_id: string | null
}

async function currentPolicies(
  { database }: AdminContext,
  tenant: Tenant,
  names: ReadonlyMap<string, string>,
  mailboxes: readonly { id: string; address: string }[],
): Promise<CurrentItem[]> {
  const addresses = new Map(mailboxes.map(({ id, address }) => [id, address]))
  const rows = await database.query<PolicyRow>(
    `SELECT version, settings, domain_id, mailbox_id FROM policy
     WHERE tenant_id = $1 OR domain_id = ANY($2::uuid[]) OR mailbox_id = ANY($3::uuid[])`,
    [tenant.id, [...names.keys()], [...addresses.keys()]],
  )
  return rows.map(({ version, settings, domain_id: domainId, mailbox_id: mailboxId }) => {
    const parent = domainId !== null ? names.get(domainId)! : mailboxId !== null ? addresses.get(mailboxId)! : null
    return { kind: 'Policies', key: parent ?? '', parent, version, fields: settingsOf(settings) }
  })
}
