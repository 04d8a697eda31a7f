/** Whether an address has a name that leads back to it (RFC 8601 section 3). */
import { BlockList, isIPv4 } from 'node:net'
import { NoAnswerError, type DnsLookUps } from './dns-look-ups.js'

export interface IprevVerdict {
  result: 'pass' | 'fail' | 'permerror' | 'temperror'
  name: string | null
}

export async function checkIprev(dns: DnsLookUps, ip: string): Promise<IprevVerdict> {
  try {
    const names = await dns.ptr(ip)
    if (names.length === 0) return { result: 'permerror', name: null }
    for (const name of names) {
      const addresses = await (isIPv4(ip) ? dns.a(name) : dns.aaaa(name))
      if (addresses.some((address) => isSame(address, ip))) return { result: 'pass', name: name.toLowerCase() }
    }
    return { result: 'fail', name: null }
  } catch (error) {
    if (error instanceof NoAnswerError) return { result: 'temperror', name: null }
    throw error
  }
}

function isSame(one: string, other: string): boolean {
  const list = new BlockList()
  const family = isIPv4(one) ? 'ipv4' : 'ipv6'
  list.addAddress(one, family)
  return list.check(other, family)
}
