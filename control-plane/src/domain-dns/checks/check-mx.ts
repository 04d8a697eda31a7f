/** MX (RFC 5321 section 5.1): mail comes to our host first. A name of the owner's for our addresses is our host too. */
import { recordsOf } from '../../platform/dns/index.js'
import { addressesOf, nothingFound, ok, unknown, wrong, type Check } from './finding.js'

/** Exchangers that are looked at more closely. */
const maxExchangers = 10

export const checkMx: Check = async (dns, expected) => {
  const lookup = await dns.mx(expected.host)
  const nothing = nothingFound(lookup, expected.host)
  if (nothing) return nothing
  const exchangers = recordsOf(lookup)!.sort((a, b) => a.priority - b.priority)
  const found = exchangers.map(({ priority, exchange }) => `${priority} ${exchange || '.'}`)
  if (exchangers.every(({ exchange }) => exchange === '')) return wrong(found, 'NULL_MX')
  const best = exchangers.filter(({ priority }) => priority === exchangers[0]!.priority).slice(0, maxExchangers)
  if (best.some(({ exchange }) => exchange === expected.value)) return ok(found)
  const ours = await addressesOf(dns, expected.value)
  let unanswered: string | null = null
  for (const { exchange } of best) {
    const theirs = await addressesOf(dns, exchange)
    if (!theirs || !ours) unanswered ??= theirs ? expected.value : exchange
    else if (theirs.some((address) => ours.includes(address))) return ok(found)
  }
  if (unanswered !== null) return unknown('HOST_UNRESOLVED', unanswered, found)
  const isBehind = exchangers.some(({ exchange }) => exchange === expected.value)
  return wrong(found, isBehind ? 'OTHER_HOST_FIRST' : 'OTHER_HOST', best[0]!.exchange)
}
