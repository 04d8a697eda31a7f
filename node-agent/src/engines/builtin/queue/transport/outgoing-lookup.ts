/**
 * Where HTTPS to hosts that strangers name may lead: public addresses only, found by the queue's own resolver, so that policies, reports
 * and mail come from one view of the DNS.
 */
import { BlockList, isIP } from 'node:net'
import type { LookupFunction } from 'node:net'
import type { HopResolver } from '../next-hops.js'

const inner = new BlockList()
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // At which Azure's hosts answer their guests.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const)
  inner.addSubnet(network, prefix, 'ipv4')
/** Of all of IPv6 only this part is public (RFC 4291 section 2.4); within it, what stands for IPv4 addresses, and benchmarks. */
const globalUnicast = new BlockList()
globalUnicast.addSubnet('2000::', 3, 'ipv6')
for (const [network, prefix] of [
  ['2001::', 32],
  ['2001:2::', 48],
  ['2002::', 16],
] as const)
  inner.addSubnet(network, prefix, 'ipv6')

export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !inner.check(address, 'ipv4')
  return isIP(address) === 6 && globalUnicast.check(address, 'ipv6') && !inner.check(address, 'ipv6')
}

export const outgoingLookup =
  (resolver: HopResolver, mayReach: (address: string) => boolean): LookupFunction =>
  (host, options, callback) => {
    const none = (): { records: string[] } => ({ records: [] })
    void Promise.all([resolver.resolve4(host).catch(none), resolver.resolve6(host).catch(none)]).then(([v4, v6]) => {
      const addresses = [...v4.records, ...v6.records]
      const found = addresses.filter(mayReach).map((address) => ({ address, family: isIP(address) }))
      if (found.length === 0) {
        const reason = addresses.length === 0 ? `${host} has no address` : `${host} has no public address`
        const error = Object.assign(new Error(reason), { code: 'ENOTFOUND' })
        return options.all ? callback(error, []) : callback(error, '', 0)
      }
      if (options.all) callback(null, found)
      else callback(null, found[0]!.address, found[0]!.family)
    })
  }
