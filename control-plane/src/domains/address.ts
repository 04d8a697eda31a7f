/** Addresses in our domains, in their one normal form. */
import { displayDomain, domainOf, localPartOf, normalizeAddress, normalizeLocalPart } from '@mailfleet/schema'
import { ExpectedError, invalidInput } from '../platform/errors.js'
import { containing, type SqlParameters } from '../platform/sql-parameters.js'
import { aliasDomain } from './alias-domain.js'
import type { Domain } from './domain.entity.js'

/** The address with its domain in U-labels. */
export const displayAddress = (address: string): string => `${localPartOf(address)}@${displayDomain(domainOf(address))}`

export function requireAddress(domain: Domain, input: string): { localPart: string; address: string } {
  if (domain.aliasOfId !== null) throw aliasDomain('domainId')
  const localPart = normalizeLocalPart(input.trim())
  if (!localPart) throw invalidInput(['localPart'], 'This is not the local part of an address.')
  return { localPart, address: `${localPart}@${domain.name}` }
}

/** The constraint holds mailboxes, aliases and groups together. */
export const addressTaken = {
  mail_address_key: () => new ExpectedError('ALREADY_EXISTS', { path: ['localPart'] }),
}

export function requireTargets(inputs: string[], max: number, field = 'targets', min = 1): string[] {
  if (inputs.length < min || inputs.length > max) {
    throw invalidInput([field], `There must be ${min} to ${max} addresses.`, { min, max })
  }
  const targets = inputs.map((input, index) => {
    const address = normalizeAddress(input.trim())
    if (!address) throw invalidInput([field, String(index)], 'This is not an e-mail address.')
    return address
  })
  return [...new Set(targets)]
}

/**
 * For searches in the addresses of `table`, which has `domain` joined: by the address as it is stored, and by its domain in
 * U-labels as people type it.
 */
export function addressMatches(
  table: 'mailbox' | 'alias' | 'mail_group',
  search: string,
  parameters: SqlParameters,
): string {
  const stored = `${table}.address LIKE ${parameters.bind(containing(search), 'text')}`
  const at = search.lastIndexOf('@')
  const typed = containing(search.slice(at + 1))
  // Nothing is left of the domain to look for, or it is in A-labels already.
  if (typed === '%%' || /^[\x20-\x7e]*$/.test(typed)) return stored
  const conditions = [`domain.display_name LIKE ${parameters.bind(at < 0 ? typed : typed.slice(1), 'text')}`]
  if (at > 0) {
    const localPart = containing(search.slice(0, at)).slice(0, -1)
    conditions.push(`${table}.local_part LIKE ${parameters.bind(localPart, 'text')}`)
  }
  return `${stored} OR (${conditions.join(' AND ')})`
}
