/**
 * SPF by what it does: a receiver that gets the domain's mail from any address of our host lets it pass, and not from just anybody.
 */
import { recordsOf } from '../../platform/dns/index.js'
import { evaluateSpf, type SpfResult } from '../spf/evaluate-spf.js'
import { isSpf } from '../spf/spf-record.js'
import { addressesOf, missing, nothingFound, ok, unknown, wrong, type Check, type Judgement } from './finding.js'

const maxAddresses = 8
/** Nobody's (RFC 5737): who lets it pass lets everybody. */
const stranger = '203.0.113.254'

const permanentReasons = {
  SYNTAX: 'SYNTAX',
  SEVERAL_RECORDS: 'SEVERAL_RECORDS',
  TOO_MANY_LOOKUPS: 'TOO_MANY_LOOKUPS',
  NO_RECORD: 'BROKEN_INCLUDE',
} as const

export const checkSpf: Check = async (dns, expected, { hostName }) => {
  const lookup = await dns.txt(expected.host)
  const nothing = nothingFound(lookup, expected.host)
  if (nothing) return nothing
  const found = recordsOf(lookup)!.filter(isSpf)
  if (found.length === 0) return missing()
  // Before our own addresses matter: such a record serves nobody.
  const forStranger = await evaluateSpf(dns, expected.host, stranger)
  const broken = judge(forStranger, stranger, found)
  if (broken?.verdict === 'WRONG') return broken
  if (forStranger === 'pass') return wrong(found, 'ALLOWS_EVERYONE')
  const addresses = hostName === null ? null : await addressesOf(dns, hostName)
  if (!addresses?.length) return unknown('HOST_UNRESOLVED', hostName, found)
  for (const address of addresses.slice(0, maxAddresses)) {
    const result = await evaluateSpf(dns, expected.host, address)
    if (result === 'pass') continue
    return judge(result, address, found) ?? wrong(found, 'NOT_COVERED', address)
  }
  return ok(found)
}

function judge(result: SpfResult, address: string, found: string[]): Judgement | null {
  if (typeof result === 'string') return null
  if ('permanent' in result) return wrong(found, permanentReasons[result.permanent])
  return result.unknown === 'MACROS' ? unknown('MACROS', address, found) : unknown('SERVFAIL', null, found)
}
