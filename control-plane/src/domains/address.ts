/** Addresses in our domains, in their one normal form. */
import { displayDomain, domainOf, localPartOf, normalizeAddress, normalizeDomain, normalizeLocalPart } from '@mailfleet/schema'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { containing, type SqlParameters } from '../platform/sql-parameters.js'
import type { Domain } from './domain.entity.js'

/** The address with its domain in U-labels. */
export const displayAddress = (address: string): string => `${localPartOf(address)}@${displayDomain(domainOf(address))}`

export function requireAddress(domain: Domain, input: string): { localPart: string; address: string } {
  const localPart = normalizeLocalPart(input.trim())
  if (!localPart) throw invalidInput(['localPart'], 'This is not the local part of an address.')
  return { localPart, address: `${localPart}@${domain.name}` }
}

/** The constraint holds mailboxes and aliases together. */
export const addressTaken = {
  mail_address_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['localPart'] }),
}

export function requireTargets(inputs: string[], max: number): string[] {
  if (inputs.length < 1 || inputs.length > max) {
    throw invalidInput(['targets'], `There must be 1 to ${max} addresses.`, { min: 1, max })
  }
  const targets = inputs.map((input, index) => {
    const address = normalizeAddress(input.trim())
    if (!address) throw invalidInput(['targets', String(index)], 'This is not an e-mail address.')
    return address
  })
  return [...new Set(targets)]
}

/** For searches in addresses: as typed, or with its domain in A-labels, as addresses are stored. */
export function addressMatches(column: string, search: string, parameters: SqlParameters): string {
  const terms = new Set([search])
  const at = search.lastIndexOf('@')
  const domain = at >= 0 ? normalizeDomain(search.slice(at + 1)) : null
  if (domain) terms.add(`${search.slice(0, at)}@${domain}`)
  return [...terms].map((term) => `${column} LIKE ${parameters.bind(containing(term), 'text')}`).join(' OR ')
}
