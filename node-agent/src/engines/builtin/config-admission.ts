/**
 * What this engine refuses although it matches its definition: names that are not in normal form would never be found, since every
 * protocol looks them up in that form.
 */
import { normalizeAddress, normalizeDomain } from '@mailfleet/schema'
import type { ConfigResource } from '@mailfleet/schema'

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
    case 'Forward':
      return firstFault(resource.targets)
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
