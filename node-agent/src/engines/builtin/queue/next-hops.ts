/**
 * Where a domain's mail is handed to (RFC 5321 section 5.1): its route here, else its MX hosts by preference and at random among
 * equals, else the domain itself. What the answer of the DNS says for good and what may pass are kept apart.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { OutboundRoute } from '@mailfleet/schema'

export interface NextHop {
  /** Name for logs, SNI and certificate checks. */
  host: string
  address: string
  port: number
  tls: OutboundRoute['tls']
}

/** `node:dns/promises`'s Resolver, or a test's. */
export interface MxResolver {
  resolveMx(domain: string): Promise<{ exchange: string; priority: number }[]>
  resolve4(host: string): Promise<string[]>
  resolve6(host: string): Promise<string[]>
}

export class RoutingError extends Error {
  override name = 'RoutingError'
  constructor(
    readonly permanent: boolean,
    /** Enhanced status code (RFC 3463). */
    readonly status: string,
    message: string,
  ) {
    super(message)
  }
}

/** A hostile zone must not make us look up without end. */
const maxExchanges = 10
const maxAddressesPerHost = 4

export const routeFor = (domain: string, routes: OutboundRoute[]): OutboundRoute | undefined =>
  routes.find((route) => route.domain === domain) ?? routes.find((route) => route.domain === '*')

export async function hopsOfRoute(route: OutboundRoute, resolver: MxResolver): Promise<NextHop[]> {
  const { host, port, tls } = route
  if (isIP(host)) return [{ host, address: host, port, tls }]
  let { addresses } = await addressesOf(host, resolver)
  // Smart hosts are often known to this machine alone.
  if (addresses.length === 0)
    addresses = (await lookup(host, { all: true }).catch(() => [])).map(({ address }) => address)
  if (addresses.length === 0) throw new RoutingError(false, '4.4.3', `The route's host ${host} has no address`)
  return addresses.map((address) => ({ host, address, port, tls }))
}

export async function hopsOfDomain(
  domain: string,
  resolver: MxResolver,
  ownName: string,
  port: number,
  random: () => number = Math.random,
): Promise<NextHop[]> {
  const exchanges = await exchangesOf(domain, resolver, ownName, random)
  const hops: NextHop[] = []
  let undecided = false
  for (const host of exchanges) {
    const found = await addressesOf(host, resolver)
    undecided ||= found.undecided
    for (const address of found.addresses) hops.push({ host, address, port, tls: 'OPPORTUNISTIC' })
  }
  if (hops.length > 0) return hops
  if (undecided)
    throw new RoutingError(false, '4.4.3', `The addresses of ${domain}'s mail hosts cannot be looked up now`)
  throw new RoutingError(true, '5.4.4', `No mail host of ${domain} has an address`)
}

async function exchangesOf(
  domain: string,
  resolver: MxResolver,
  ownName: string,
  random: () => number,
): Promise<string[]> {
  let records: { exchange: string; priority: number }[]
  try {
    records = await resolver.resolveMx(domain)
  } catch (error) {
    switch ((error as { code?: string }).code) {
      case 'ENODATA':
        return [domain]
      case 'ENOTFOUND':
        throw new RoutingError(true, '5.1.2', `The domain ${domain} does not exist`)
      default:
        throw new RoutingError(false, '4.4.3', `The mail hosts of ${domain} cannot be looked up now`)
    }
  }
  const named = records.filter(({ exchange }) => exchange !== '' && exchange !== '.')
  if (named.length === 0) {
    // RFC 7505: the domain says that it takes no mail. No record at all is an implicit MX.
    if (records.length > 0) throw new RoutingError(true, '5.1.10', `The domain ${domain} takes no mail (null MX)`)
    return [domain]
  }
  const shuffled = named.map((record) => ({ ...record, order: random() }))
  shuffled.sort((a, b) => a.priority - b.priority || a.order - b.order)
  // Section 5.1: a host that finds itself in the list goes on with the more preferred ones only, else mail would circle.
  const self = shuffled.find(({ exchange }) => exchange.toLowerCase().replace(/\.$/, '') === ownName)
  const usable = self ? shuffled.filter(({ priority }) => priority < self.priority) : shuffled
  if (usable.length === 0) throw new RoutingError(true, '5.4.6', `The mail of ${domain} leads back to this server`)
  return usable.slice(0, maxExchanges).map(({ exchange }) => exchange)
}

async function addressesOf(host: string, resolver: MxResolver): Promise<{ addresses: string[]; undecided: boolean }> {
  let undecided = false
  const unless = (error: { code?: string }): string[] => {
    undecided ||= error.code !== 'ENOTFOUND' && error.code !== 'ENODATA'
    return []
  }
  // IPv4 first: a machine without IPv6 would otherwise fail every first try.
  const [v4, v6] = await Promise.all([resolver.resolve4(host).catch(unless), resolver.resolve6(host).catch(unless)])
  return { addresses: [...v4.slice(0, maxAddressesPerHost), ...v6.slice(0, maxAddressesPerHost)], undecided }
}
