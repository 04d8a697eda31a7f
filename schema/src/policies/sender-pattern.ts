/**
 * Entries of allow and block lists, in one normal form each: an address, a domain (`example.org`), a domain with all below it
 * (`*.example.org`, which includes `example.org`), an IP address, or a network (CIDR, RFC 4632, RFC 4291 section 2.3).
 */
import { BlockList, isIP } from 'node:net'
import { normalizeAddress, normalizeDomain } from '../addresses.js'

/** The entry in normal form, or null where it is none. */
export function normalizeSenderPattern(input: string): string | null {
  const text = input.trim().toLowerCase()
  if (text === '' || text.length > 320) return null
  const slash = text.lastIndexOf('/')
  if (slash > 0) return network(text.slice(0, slash), text.slice(slash + 1))
  if (isIP(text) !== 0) return text
  if (text.startsWith('*.')) {
    const domain = normalizeDomain(text.slice(2))
    return domain === null ? null : `*.${domain}`
  }
  const name = text.replace(/^@/, '')
  return name.includes('@') ? normalizeAddress(name) : normalizeDomain(name)
}

function network(address: string, length: string): string | null {
  const family = isIP(address)
  if (family === 0 || !/^\d{1,3}$/.test(length)) return null
  return Number(length) <= (family === 4 ? 32 : 128) ? `${address}/${Number(length)}` : null
}

export interface SenderMatcher {
  /** The entry that meets the sender, or null. `reversePath` in normal form, empty for the null sender. */
  match(reversePath: string, remoteIp: string): string | null
}

/** Made once per list: look-ups cost the same however long it is. */
export function senderMatcher(patterns: readonly string[]): SenderMatcher {
  const names = new Set<string>()
  const networks: { pattern: string; list: BlockList }[] = []
  for (const pattern of patterns) {
    const [address = '', length] = pattern.split('/')
    const family = isIP(address)
    if (family === 0) names.add(pattern)
    else {
      const list = new BlockList()
      list.addSubnet(
        address,
        length === undefined ? (family === 4 ? 32 : 128) : Number(length),
        family === 4 ? 'ipv4' : 'ipv6',
      )
      networks.push({ pattern, list })
    }
  }
  return {
    match(reversePath, remoteIp) {
      for (const name of namesOf(reversePath)) if (names.has(name)) return name
      const ip = remoteIp.replace(/^::ffff:(?=\d+\.)/i, '')
      const family = isIP(ip)
      if (family === 0) return null
      const met = networks.find(({ list }) => list.check(ip, family === 4 ? 'ipv4' : 'ipv6'))
      return met?.pattern ?? null
    },
  }
}

/** Every entry that could name the address, the nearest first. */
function* namesOf(reversePath: string): Generator<string> {
  if (reversePath === '') return
  yield reversePath
  const domain = reversePath.slice(reversePath.lastIndexOf('@') + 1)
  yield domain
  const labels = domain.split('.')
  for (let from = 0; from < labels.length; from++) yield `*.${labels.slice(from).join('.')}`
}
