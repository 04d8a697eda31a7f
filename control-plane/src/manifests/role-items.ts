/**
 * Custom roles as items: their rules in one form in which neither order nor repetition says anything, and domains called by their
 * names. One that has none any more, or none that the viewer sees, is called by its id.
 */
import { normalizeDomain } from '@mailfleet/schema'
import type { AdminContext } from '../access/index.js'
import { idsOfDomains, type RoleRule } from '../bulk/index.js'
import { visibleDomain } from '../domains/index.js'
import { isId } from '../platform/ids.js'
import type { AccessRole } from '../roles/index.js'
import type { Tenant } from '../tenants/index.js'
import type { CurrentItem, Item } from './items.js'
import type { Manifest, ManifestRule } from './manifest.js'
import { wrong } from './read-manifest.js'

const setOf = <T extends string>(values: readonly T[]): T[] => [...new Set(values)].sort()

const inOneForm = (rules: readonly RoleRule[]): RoleRule[] =>
  setOf(rules.map((rule) => JSON.stringify(rule))).map((text) => JSON.parse(text) as RoleRule)

export const desiredRoles = (roles: Manifest['roles']): Item[] =>
  Object.entries(roles ?? {}).map(([name, { description, rules }]) => {
    const key = name.normalize('NFC').trim()
    const fields = {
      name: key,
      description: description?.normalize('NFC').trim(),
      rules: inOneForm(rules.map((rule) => desiredRule(key, rule))),
    }
    return { kind: 'AccessRole', key, parent: null, fields }
  })

const desiredRule = (role: string, rule: ManifestRule): RoleRule => ({
  effect: rule.effect,
  actions: setOf(rule.actions),
  subjects: setOf(rule.subjects),
  fields: rule.fields ? setOf(rule.fields) : null,
  scope: rule.scope,
  domains: rule.domains
    ? setOf(
        rule.domains.map((text) => {
          const name = isId(text) ? text.toLowerCase() : normalizeDomain(text.trim())
          if (!name) throw wrong(`${text} in the role ${role} is not a domain name.`)
          return name
        }),
      )
    : null,
  expiresAt: rule.expiresAt ? new Date(rule.expiresAt).toISOString() : null,
})

export async function currentRoles(
  context: AdminContext,
  tenant: Tenant,
  roles: readonly AccessRole[],
): Promise<CurrentItem[]> {
  const ids = [...new Set(roles.flatMap(({ rules }) => rules.flatMap(({ domainIds }) => domainIds ?? [])))]
  const seen = await Promise.all(ids.map((id) => visibleDomain(context, id)))
  const names = new Map(seen.flatMap((domain) => (domain && !domain.deletedAt ? [[domain.id, domain.name]] : [])))
  // Of several claims to a name it means one.
  const meant = await idsOfDomains(context, [...names.values()], tenant.path)
  const called = (id: string): string => {
    const name = names.get(id)
    return name !== undefined && meant.get(name) === id ? name : id
  }
  return roles.map(({ name, description, rules, version }) => ({
    ...{ kind: 'AccessRole', key: name, parent: null, version },
    fields: {
      name,
      description,
      rules: inOneForm(
        rules.map((rule) => ({
          effect: rule.effect,
          actions: setOf(rule.actions.map((action) => action.toUpperCase())),
          subjects: setOf(rule.subjects),
          fields: rule.fields ? setOf(rule.fields) : null,
          scope: rule.scope,
          domains: rule.domainIds ? setOf(rule.domainIds.map(called)) : null,
          expiresAt: rule.expiresAt ?? null,
        })),
      ),
    },
  }))
}
