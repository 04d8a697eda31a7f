/** What a tenant has, as a manifest that plans to nothing. Passwords stay where they are. */
import { domainOf, localPartOf } from '@mailfleet/schema'
import { stringify } from 'yaml'
import type { RoleRule } from '../bulk/index.js'
import type { CurrentItem } from './items.js'

type Tree = Record<string, unknown>

/** Nobody writes down that there is no lock. */
const withoutNoLock = (settings: CurrentItem['fields']): Tree =>
  Object.fromEntries(
    Object.entries(settings as Record<string, { value: unknown; lock: unknown }>).map(([kind, { value, lock }]) => [
      kind,
      lock === null ? { value } : { value, lock },
    ]),
  )

export function writeManifest(items: readonly CurrentItem[], format: 'YAML' | 'JSON'): string {
  const manifest = treeOf(items)
  return format === 'JSON'
    ? `${JSON.stringify(manifest, null, 2)}\n`
    : stringify(manifest, { version: '1.2', schema: 'core' })
}

function treeOf(items: readonly CurrentItem[]): Tree {
  const domains: Record<string, Tree> = {}
  const policies: Tree = {}
  const roles: Tree = {}
  const branch = (parent: Tree, name: string): Record<string, Tree> => (parent[name] ??= {}) as Record<string, Tree>
  const bodyOf = ({ fields, status }: CurrentItem): Tree => ({
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)),
    ...(status === 'SUSPENDED' && { status }),
  })
  const mailboxOf = (address: string): Tree => branch(domains[domainOf(address)]!, 'mailboxes')[localPartOf(address)]!
  // What others are in comes first.
  for (const item of items.filter(({ kind }) => kind === 'Domain')) domains[item.key] = bodyOf(item)
  for (const item of items) {
    const { kind, key } = item
    if (kind === 'AccessRole') roles[key] = roleOf(item)
    const domain = domains[domainOf(key)]
    if (kind === 'Mailbox') {
      const { quotaBytes: quota = null, ...body } = bodyOf(item)
      branch(domain!, 'mailboxes')[localPartOf(key)] = { ...body, ...(quota !== null && { quota }) }
    } else if (kind === 'Alias') branch(domain!, 'aliases')[localPartOf(key)] = bodyOf(item)
    else if (kind === 'Group') branch(domain!, 'groups')[localPartOf(key)] = bodyOf(item)
  }
  for (const item of items) {
    const { kind, key } = item
    const fields = kind === 'Policies' ? withoutNoLock(item.fields) : item.fields
    if (kind === 'Forward') mailboxOf(key).forward = bodyOf(item)
    if (kind !== 'Policies' || Object.keys(fields).length === 0) continue
    if (key === '') Object.assign(policies, fields)
    else if (key.includes('@')) mailboxOf(key).policies = fields
    else domains[key]!.policies = fields
  }
  const isGiven = (tree: Tree): boolean => Object.keys(tree).length > 0
  return { manifest: 1, ...(isGiven(policies) && { policies }), ...(isGiven(roles) && { roles }), domains }
}

function roleOf({ fields: { description, rules } }: CurrentItem): Tree {
  const given = (rules as RoleRule[]).map((rule) =>
    Object.fromEntries(Object.entries(rule).filter(([, value]) => value !== null)),
  )
  return { ...(description !== '' && { description }), rules: given }
}
