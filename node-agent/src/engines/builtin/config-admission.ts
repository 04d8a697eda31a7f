/**
 * What this engine refuses although it matches its definition: names that are not in normal form would never be found, since every
 * protocol looks them up in that form.
 */
import {
  checkSetting,
  clientNetwork,
  isPolicyKind,
  normalizeAddress,
  normalizeDomain,
  normalizeSenderPattern,
  policyDefinition,
} from '@mailfleet/schema'
import type { ConfigResource, PolicyResource } from '@mailfleet/schema'

const addressFault = (address: string): string | null =>
  normalizeAddress(address) === address ? null : `the address ${address} is not in normal form`

/** Why the engine cannot run this resource; null when it can. */
export function admissionFault(resource: ConfigResource): string | null {
  switch (resource.kind) {
    case 'Domain':
      if (normalizeDomain(resource.name) !== resource.name) return `the domain ${resource.name} is not in normal form`
      return resource.catchAll === null ? null : addressFault(resource.catchAll)
    case 'Mailbox':
      return addressFault(resource.address)
    case 'Alias':
      return firstFault([resource.address, ...resource.targets])
    case 'Group':
      return firstFault([resource.address, ...resource.members, ...resource.owners, ...resource.posters])
    case 'AppPassword':
      return resource.networks.every((network) => normalizeSenderPattern(network) === network)
        ? null
        : 'a network is not in normal form'
    case 'SendBudget':
      return null
    case 'QueueHold':
    case 'QueueCommand':
      return !resource.destination || normalizeDomain(resource.destination) === resource.destination
        ? null
        : `the domain ${resource.destination} is not in normal form`
    case 'Forward':
      return firstFault(resource.targets)
    case 'Ban':
      return clientNetwork(resource.network.replace(/\/64$/, '')) === resource.network
        ? null
        : `the network ${resource.network} is not in normal form`
    case 'Policy':
      return policyFault(resource)
    case 'NodeSettings':
      return normalizeDomain(resource.hostName) === null ? `${resource.hostName} is not a host name` : null
  }
}

function firstFault(addresses: string[]): string | null {
  for (const address of addresses) {
    const fault = addressFault(address)
    if (fault !== null) return fault
  }
  return null
}

/** Values are as the control plane keeps them, in normal form; kinds that this node does not know it does not enforce. */
function policyFault({ settings }: PolicyResource): string | null {
  for (const [kind, setting] of Object.entries(settings)) {
    if (!isPolicyKind(kind)) continue
    const [level] = policyDefinition(kind).levels
    const checked = checkSetting(kind, level!, { value: setting.value, lock: setting.lock })
    if (checked.fault !== null) return checked.message
    if (JSON.stringify(checked.setting.value) !== JSON.stringify(setting.value)) return `${kind} is not in normal form`
  }
  return null
}
