/**
 * Requests to addresses that somebody typed in: webhooks, issuers, directories. Whoever may name a host must not reach through it
 * what only this machine can reach, so each address that a name leads to is looked at when it is connected to, and never
 * again resolved in between: nothing but public unicast passes, and what the operator names besides.
 *
 * Redirects are answers, not followed. Time and bytes are bounded; what is compressed is not opened.
 */
import { lookup as resolve, type LookupAddress } from 'node:dns'
import { request as plainRequest, type IncomingHttpHeaders } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'
import { isInRanges } from './ip-ranges.js'

export type OutboundFault = 'INVALID_URL' | 'INNER_ADDRESS' | 'NO_TLS' | 'UNREACHABLE' | 'TIMEOUT' | 'TOO_LARGE'

export class OutboundError extends Error {
  constructor(
    readonly fault: OutboundFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'OutboundError'
  }
}

export interface OutboundRequest {
  method?: string
  headers?: Record<string, string>
  body?: string | Uint8Array
  /** For all of it, from the look-up of the name to the last byte. */
  timeoutMs: number
  /** Of the answer's body. */
  maxBytes: number
  /** What is longer is cut there, and counts as an answer; without this it is a fault. */
  cut?: true
  signal?: AbortSignal
  /** Also http to public addresses; else to inner ones that the operator has named only. */
  allowPlain?: boolean
  /** Where the name leads, of whoever has asked the DNS already; looked at like all others. */
  addresses?: readonly string[]
  /** Certificate authorities (PEM) in place of the usual ones. */
  ca?: string
}

export interface OutboundAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

const inner = (host: string): OutboundError => new OutboundError('INNER_ADDRESS', `${host} is no public address`)

export class Outbound {
  /** `innerNetworks`: CIDR ranges that may be reached although they are not public. */
  constructor(private readonly innerNetworks: readonly string[] = []) {}

  /** For sockets that are opened by others: an address that may be connected to. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.addresses(hostname, options.family === 4 || options.family === 6 ? options.family : 0).then(
      (found) => {
        if (options.all) callback(null, found)
        else callback(null, found[0]!.address, found[0]!.family)
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, options.all ? [] : ''),
    )
  }

  /** All to which a host leads, if every one of them may be connected to. */
  async addresses(host: string, family: 0 | 4 | 6 = 0): Promise<LookupAddress[]> {
    const bare = host.replace(/^\[|\]$/g, '')
    const literal = isIP(bare)
    return this.allowed(host, literal ? [{ address: bare, family: literal }] : await resolveAll(bare, family))
  }

  private allowed(host: string, found: LookupAddress[]): LookupAddress[] {
    if (found.length === 0) throw new OutboundError('UNREACHABLE', `${host} has no address`)
    for (const { address } of found) if (!this.mayReach(address)) throw inner(host)
    return found
  }

  /** Whether there is any inner network that may be reached, and so any plain http. */
  get reachesInner(): boolean {
    return this.innerNetworks.length > 0
  }

  isInner(address: string): boolean {
    return isInRanges(address, [...this.innerNetworks])
  }

  async request(url: string | URL, options: OutboundRequest): Promise<OutboundAnswer> {
    const target = parsed(url)
    const timeout = AbortSignal.timeout(options.timeoutMs)
    const signal = options.signal ? AbortSignal.any([timeout, options.signal]) : timeout
    try {
      const known = options.addresses?.map((address) => ({ address, family: isIP(address) }))
      const addresses = known
        ? this.allowed(target.hostname, known)
        : await abortable(this.addresses(target.hostname), signal)
      if (target.protocol === 'http:' && !options.allowPlain && !addresses.every((one) => this.isInner(one.address))) {
        throw new OutboundError('NO_TLS', 'Only https leads out of here.')
      }
      return await send(target, addresses, options, signal)
    } catch (error) {
      if (error instanceof OutboundError) throw error
      if (timeout.aborted) throw new OutboundError('TIMEOUT', `${target.host} took too long`, { cause: error })
      if (options.signal?.aborted) throw error
      throw new OutboundError('UNREACHABLE', `${target.host} cannot be reached`, { cause: error })
    }
  }

  private mayReach(address: string): boolean {
    return isPublic(address) || this.isInner(address)
  }
}

function parsed(url: string | URL): URL {
  const target = URL.canParse(String(url)) ? new URL(url) : null
  if (!target || !['http:', 'https:'].includes(target.protocol) || target.username || target.password) {
    throw new OutboundError('INVALID_URL', 'This is no http or https URL without a user in it.')
  }
  return target
}

/** Of all of IPv6 only this part is given to anybody as public addresses (RFC 4291 section 2.4, RFC 3513). */
const globalUnicast = '2000::/3'
/**
 * Inner ones that look public: networks for benchmarks (RFC 2544, RFC 5180), and the address at which Azure's hosts answer their
 * guests.
 */
const innerThoughUnicast = ['198.18.0.0/15', '168.63.129.16/32', '2001:2::/48']

/** What stands for another address, as IPv4 in IPv6, is judged as not public: names do not lead there. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.parse(address)
  if (parsed.range() !== 'unicast' || isInRanges(address, innerThoughUnicast)) return false
  return parsed.kind() === 'ipv4' || isInRanges(address, [globalUnicast])
}

const resolveAll = (host: string, family: 0 | 4 | 6): Promise<LookupAddress[]> =>
  new Promise((done, fail) => {
    resolve(host, { all: true, family }, (error, found) => {
      if (error) fail(new OutboundError('UNREACHABLE', `${host} has no address`, { cause: error }))
      else done(found)
    })
  })

function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((done, fail) => {
    const abort = () => fail(signal.reason as Error)
    signal.addEventListener('abort', abort, { once: true })
    work.then(done, fail).finally(() => signal.removeEventListener('abort', abort))
  })
}

function send(
  target: URL,
  addresses: LookupAddress[],
  { method = 'GET', headers = {}, body, maxBytes, cut, ca }: OutboundRequest,
  signal: AbortSignal,
): Promise<OutboundAnswer> {
  const open = target.protocol === 'https:' ? tlsRequest : plainRequest
  // The addresses that were looked at, whatever the name leads to by now.
  const lookup: LookupFunction = (_host, options, callback) =>
    options.all ? callback(null, addresses) : callback(null, addresses[0]!.address, addresses[0]!.family)
  return new Promise((done, fail) => {
    const outgoing = open(target, {
      method,
      lookup,
      signal,
      // Of its own: another one's connection was opened for another one's look at the address.
      agent: false,
      headers: { 'accept-encoding': 'identity', 'user-agent': 'Mailfleet', ...headers },
      ...(ca !== undefined && { ca }),
    })
    outgoing.on('error', fail)
    outgoing.on('response', (answer) => {
      const chunks: Buffer[] = []
      let bytes = 0
      answer.on('error', fail)
      answer.on('data', (chunk: Buffer) => {
        const room = maxBytes - bytes
        bytes += chunk.length
        chunks.push(chunk.subarray(0, Math.max(0, room)))
        if (bytes <= maxBytes) return
        if (cut) finish()
        else fail(new OutboundError('TOO_LARGE', `${target.host} answered with more than ${maxBytes} bytes`))
        outgoing.destroy()
      })
      const finish = (): void =>
        done({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks) })
      answer.on('end', finish)
    })
    outgoing.end(body)
  })
}
