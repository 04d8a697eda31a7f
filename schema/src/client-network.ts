/** Whom limits by address count as one: an IPv4 address, or an IPv6 /64, of which one customer has all addresses. */

/** `::ffff:192.0.2.1`, as dual-stack sockets tell it, is 192.0.2.1. */
export const plainAddress = (address: string): string => {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)
  return mapped ? mapped[1]! : address
}

export function clientNetwork(address: string): string {
  const plain = plainAddress(address).replace(/%.*$/, '')
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  // A dotted IPv4 tail counts for two groups.
  const right =
    tail === undefined || tail === '' ? [] : tail.split(':').flatMap((g) => (g.includes('.') ? [g, g] : [g]))
  const zeros = tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  const groups = [...left, ...zeros, ...right].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${groups.join(':')}::/64`
}
