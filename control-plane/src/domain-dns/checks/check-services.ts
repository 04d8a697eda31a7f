/** Where clients are sent: SRV and CNAME records. */
import { recordsOf } from '../../platform/dns/index.js'
import { nothingFound, ok, wrong, type Check } from './finding.js'

/** RFC 2782. What is preferred must lead to our host and port; the owner's weights are the owner's. */
export const checkSrv: Check = async (dns, expected) => {
  const lookup = await dns.srv(expected.host)
  const nothing = nothingFound(lookup, expected.host)
  if (nothing) return nothing
  const [, port, host] = expected.value.split(' ')
  const services = recordsOf(lookup)!.sort((a, b) => a.priority - b.priority)
  const found = services.map(({ priority, weight, port: at, target }) => `${priority} ${weight} ${at} ${target || '.'}`)
  const first = services[0]!
  return first.target === host && first.port === Number(port) ? ok(found) : wrong(found, 'OTHER_HOST', found[0]!)
}

export const checkCname: Check = async (dns, expected) => {
  const lookup = await dns.cname(expected.host)
  const nothing = nothingFound(lookup, expected.host)
  if (nothing) return nothing
  const found = recordsOf(lookup)!
  return found.includes(expected.value) ? ok(found) : wrong(found, 'OTHER_HOST', found[0]!)
}
