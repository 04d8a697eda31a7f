/** Ranges of addresses in CIDR notation (RFC 4632, RFC 4291 section 2.3). */
import ipaddr from 'ipaddr.js'

/** In normal form, with the host's bits cleared; null for what is none. A single address is a range of itself. */
export function normalRange(text: string): string | null {
  const trimmed = text.trim()
  if (!/^[0-9a-f.:]+(\/\d{1,3})?$/i.test(trimmed)) return null
  try {
    const [address, bits] = trimmed.includes('/') ? ipaddr.parseCIDR(trimmed) : ([ipaddr.parse(trimmed), null] as const)
    // Of IPv4 four decimal parts only: 127.1 and 0177.0.0.1 are too easily taken for something else.
    if (address.kind() === 'ipv4' && !/^\d{1,3}(\.\d{1,3}){3}(\/|$)/.test(trimmed)) return null
    const length = bits ?? (address.kind() === 'ipv4' ? 32 : 128)
    const network =
      address.kind() === 'ipv4'
        ? ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/${length}`)
        : ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${length}`)
    return `${network.toString()}/${length}`
  } catch {
    return null
  }
}

export function isInRanges(address: string, ranges: readonly string[]): boolean {
  if (!ipaddr.isValid(address)) return false
  const parsed = ipaddr.process(address)
  return ranges.some((range) => {
    const [network, bits] = ipaddr.parseCIDR(range)
    return network.kind() === parsed.kind() && (parsed as ipaddr.IPv6).match(network as ipaddr.IPv6, bits)
  })
}
