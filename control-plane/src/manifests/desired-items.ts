/** A manifest as items: names and addresses in their normal form, and none of them twice. */
import { normalizeAddress, normalizeDomain, normalizeLocalPart } from '@mailfleet/schema'
import { readBytes } from '../bulk/index.js'
import { idOf, settingsOf, type Item } from './items.js'
import type { Manifest, ManifestDomain } from './manifest.js'
import { wrong } from './read-manifest.js'
import { desiredRoles } from './role-items.js'

export function desiredItems({ domains, policies, roles }: Manifest): Item[] {
  const items = [...policiesOf('', null, policies), ...desiredRoles(roles)]
  for (const [input, domain] of Object.entries(domains ?? {})) items.push(...itemsOfDomain(input, domain ?? {}))
  const seen = new Set<string>()
  // A mailbox, an alias and a group are never called the same.
  const addresses = new Set<string>()
  for (const item of items) {
    const isAddress = ['Mailbox', 'Alias', 'Group'].includes(item.kind)
    if (seen.has(idOf(item)) || (isAddress && addresses.has(item.key))) throw wrong(`${item.key} is there twice.`)
    seen.add(idOf(item))
    if (isAddress) addresses.add(item.key)
  }
  return items
}

function itemsOfDomain(input: string, domain: ManifestDomain): Item[] {
  const name = normalizeDomain(input)
  if (!name) throw wrong(`${input} is not a domain name.`)
  const addressOf = (local: string): string => {
    const localPart = normalizeLocalPart(local)
    if (!localPart) throw wrong(`${local} in ${input} is not the local part of an address.`)
    return `${localPart}@${name}`
  }
  const { catchAll, status } = domain
  const items: Item[] = [
    {
      kind: 'Domain',
      key: name,
      parent: null,
      fields: { catchAll: typeof catchAll === 'string' ? requireAddress(catchAll) : catchAll },
      status,
    },
    ...policiesOf(name, name, domain.policies),
  ]
  for (const [local, mailbox] of Object.entries(domain.mailboxes ?? {})) {
    const key = addressOf(local)
    const { password, passwordHash, forward } = mailbox
    const secret = password === undefined && passwordHash === undefined ? undefined : { password, passwordHash }
    const fields = { name: textOf(mailbox.name), quotaBytes: bytesOf(key, mailbox.quota) }
    items.push({ kind: 'Mailbox', key, parent: name, fields, status: mailbox.status, secret })
    items.push(...policiesOf(key, key, mailbox.policies))
    if (!forward) continue
    const { keepCopy } = forward
    const targets = listOf(forward.targets)
    items.push({ kind: 'Forward', key, parent: key, fields: { targets, keepCopy }, status: forward.status })
  }
  for (const [local, alias] of Object.entries(domain.aliases ?? {})) {
    const fields = { targets: listOf(alias.targets) }
    items.push({ kind: 'Alias', key: addressOf(local), parent: name, fields, status: alias.status })
  }
  for (const [local, group] of Object.entries(domain.groups ?? {})) {
    const { members, owners, posting, posters } = group
    const fields = {
      name: textOf(group.name),
      members: members && listOf(members),
      owners: listOf(owners),
      posting,
      posters: posters && listOf(posters),
    }
    items.push({ kind: 'Group', key: addressOf(local), parent: name, fields, status: group.status })
  }
  return items
}

/** As the services keep it. */
const textOf = (text: string | undefined): string | undefined => text?.normalize('NFC').trim()

function bytesOf(key: string, quota: number | string | null | undefined): number | null | undefined {
  if (quota === undefined || quota === null) return quota
  const bytes = readBytes(String(quota))
  if (bytes === undefined) throw wrong(`${key}: ${quota} is no number of bytes.`)
  return bytes
}

function requireAddress(text: string): string {
  const address = normalizeAddress(text.trim())
  if (!address) throw wrong(`${text} is not an e-mail address.`)
  return address
}

/** Lists of addresses are sets. */
const listOf = (texts: readonly string[]): string[] => [...new Set(texts.map(requireAddress))].sort()

function policiesOf(key: string, parent: string | null, policies: Manifest['policies']): Item[] {
  if (!policies) return []
  return [{ kind: 'Policies', key, parent, fields: settingsOf(policies) }]
}
