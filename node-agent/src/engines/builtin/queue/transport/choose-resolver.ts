/** Whom the queue asks: a resolver whose word on DNSSEC counts, or any. */
import { getServers } from 'node:dns'
import { isIPv4 } from 'node:net'
import type { HopResolver } from '../next-hops.js'
import { systemResolver } from './system-resolver.js'
import { endpointOf, ValidatingResolver } from './validating-resolver.js'

export interface ResolverOptions {
  /** `address`, `address:port` or `[address]:port`; those of the system by default. */
  dnsServers?: string[] | undefined
  /**
   * Resolvers that validate DNSSEC, and to which the way is safe: all that the queue looks up is asked of them. By default those of
   * `dnsServers` if they are on this machine; none: no DANE.
   */
  validatingDnsServers?: string[] | undefined
}

export function resolverOf({ dnsServers, validatingDnsServers }: ResolverOptions): HopResolver {
  const known = dnsServers && dnsServers.length > 0 ? dnsServers : getServers()
  const validating = validatingDnsServers ?? (known.length > 0 && known.every(isHere) ? known : [])
  return validating.length > 0 ? new ValidatingResolver(validating) : systemResolver(dnsServers)
}

/** Docker's in each container: it passes on, AD bit and all, what comes from wherever its host asks. */
const passesOn = '127.0.0.11'

const isHere = (server: string): boolean => {
  const { host } = endpointOf(server)
  return host === '::1' || (isIPv4(host) && host.startsWith('127.') && host !== passesOn)
}
