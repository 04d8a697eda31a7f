/** Whose request it is, as far as the proxies in front may be believed: as Express' `trust proxy` with a number, and for sockets too. */
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const forwarded = request.headers['x-forwarded-for']
  const named = (Array.isArray(forwarded) ? forwarded.join(',') : (forwarded ?? ''))
    .split(',')
    .map((name) => name.trim())
  const hops = [...named.filter(Boolean), request.socket.remoteAddress ?? '']
  const address = hops[Math.max(0, hops.length - 1 - trustedProxies)]!
  // An IPv4 client of a socket that listens on both (RFC 4291 section 2.5.5.2).
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '')
  return isIP(plain) === 0 ? 'unknown' : plain
}
