/**
 * Where a domain's mail is handed to (RFC 5321 section 5.1): its route here, else its MX hosts by preference and at random among
 * equals, else the domain itself. What the answer of the DNS says for good and what may pass are kept apart.
 */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { OutboundRoute } from '@mailfleet/schema'
import type { TransportRule } from './transport/transport-rule.js'
import type { DaneIdentity, TlsaRecord } from './transport/tlsa.js'

export interface NextHop {
  /** Name for logs, SNI and certificate checks. */
  host: string
  address: string
  port: number
  /** `ENCRYPTED`: STARTTLS with any certificate, or not at all. */
  tls: OutboundRoute['tls'] | 'ENCRYPTED'
  /** TLSA base domains (RFC 7672 section 2.2): none where DNSSEC does not vouch for all that led to this address. */
  tlsaBases?: string[]
  /** What its certificate is checked by, in place of authorities. */
  dane?: DaneIdentity
  /** Whose word it is how the hop is secured, for events and reports. */
  rule?: TransportRule
}

export interface LookUp<T> {
  records: T[]
  /** DNSSEC vouches for it, and for there being no more. */
  secure: boolean
  canonicalName: string
}
export interface MxRecord {
  exchange: string
  priority: number
}

/** Fails as node:dns does, except that a name without such records is an empty answer. */
export interface HopResolver {
  resolveMx(domain: string): Promise<LookUp<MxRecord>>
  resolve4(host: string): Promise<LookUp<string>>
  resolve6(host: string): Promise<LookUp<string>>
  /** Each record's strings put together. */
  resolveTxt(name: string): Promise<LookUp<string>>
  /** Absent where nothing that comes from this resolver can be trusted for DANE. */
  resolveTlsa?(name: string): Promise<LookUp<TlsaRecord>>
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

export async function hopsOfRoute(route: OutboundRoute, resolver: HopResolver): Promise<NextHop[]> {
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
  resolver: HopResolver,
  ownName: string,
  port: number,
  random: () => number = Math.random,
): Promise<NextHop[]> {
  const { exchanges, secure } = await exchangesOf(domain, resolver, ownName, random)
  const hops: NextHop[] = []
  let undecided = false
  for (const host of exchanges) {
    const found = await addressesOf(host, resolver)
    undecided ||= found.undecided
    const tlsaBases = secure ? found.tlsaBases : []
    for (const address of found.addresses) hops.push({ host, address, port, tls: 'OPPORTUNISTIC', tlsaBases })
  }
  if (hops.length > 0) return hops
  if (undecided)
    throw new RoutingError(false, '4.4.3', `The addresses of ${domain}'s mail hosts cannot be looked up now`)
  throw new RoutingError(true, '5.4.4', `No mail host of ${domain} has an address`)
}

async function exchangesOf(
  domain: string,
  resolver: HopResolver,
  ownName: string,
  random: () => number,
): Promise<{ exchanges: string[]; secure: boolean }> {
  let records: MxRecord[]
  let secure: boolean
  try {
    ;({ records, secure } = await resolver.resolveMx(domain))
  } catch (error) {
    if ((error as { code?: string }).code === 'ENOTFOUND')
      throw new RoutingError(true, '5.1.2', `The domain ${domain} does not exist`)
    throw new RoutingError(false, '4.4.3', `The mail hosts of ${domain} cannot be looked up now`)
  }
  const named = records.filter(({ exchange }) => exchange !== '' && exchange !== '.')
  if (named.length === 0) {
    // RFC 7505: the domain says that it takes no mail. No record at all is an implicit MX.
    if (records.length > 0) throw new RoutingError(true, '5.1.10', `The domain ${domain} takes no mail (null MX)`)
    return { exchanges: [domain], secure }
  }
  const shuffled = named.map((record) => ({ ...record, order: random() }))
  shuffled.sort((a, b) => a.priority - b.priority || a.order - b.order)
  // Section 5.1: a host that finds itself in the list goes on with the more preferred ones only, else mail would circle.
  const self = shuffled.find(({ exchange }) => plain(exchange) === ownName)
  const usable = self ? shuffled.filter(({ priority }) => priority < self.priority) : shuffled
  if (usable.length === 0) throw new RoutingError(true, '5.4.6', `The mail of ${domain} leads back to this server`)
  return { exchanges: usable.slice(0, maxExchanges).map(({ exchange }) => exchange), secure }
}

interface Addresses {
  addresses: string[]
  tlsaBases: string[]
  undecided: boolean
}

async function addressesOf(host: string, resolver: HopResolver): Promise<Addresses> {
  let undecided = false
  const unless = (error: { code?: string }): null => {
    undecided ||= error.code !== 'ENOTFOUND' && error.code !== 'ENODATA'
    return null
  }
  // IPv4 first: a machine without IPv6 would otherwise fail every first try.
  const answers = await Promise.all([resolver.resolve4(host).catch(unless), resolver.resolve6(host).catch(unless)])
  const addresses = answers.flatMap((answer) => answer?.records.slice(0, maxAddressesPerHost) ?? [])
  const found = answers.filter((answer) => answer !== null)
  const secure = found.length > 0 && found.every((answer) => answer.secure)
  // RFC 7672 section 2.2.2: the name at the end of the aliases first, then the one that they began with.
  const tlsaBases = secure ? [...new Set([...found.map(({ canonicalName }) => canonicalName), plain(host)])] : []
  return { addresses, tlsaBases, undecided }
}

const plain = (host: string): string => host.toLowerCase().replace(/\.$/, '')
