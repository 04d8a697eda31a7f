/** Content transfer encodings (RFC 2045 section 6), tolerant as readers must be. */

export function decodeTransfer(octets: Buffer, encoding: string): Buffer {
  switch (encoding.toLowerCase()) {
    case 'base64':
      return decodeBase64(octets)
    case 'quoted-printable':
      return decodeQuotedPrintable(octets)
    default:
      return octets
  }
}

/** Characters outside the alphabet are skipped (RFC 2045 section 6.8). Node's decoder stops at the first padding. */
export function decodeBase64(octets: Buffer): Buffer {
  return Buffer.concat(
    octets
      .toString('latin1')
      .replace(/[^A-Za-z0-9+/=]+/g, '')
      .split(/=+/)
      .filter((run) => run !== '')
      .map((run) => Buffer.from(run, 'base64')),
  )
}

const hex = (octet: number | undefined): number => {
  if (octet === undefined) return -1
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet & ~0x20
  return letter >= 0x41 && letter <= 0x46 ? letter - 0x37 : -1
}

const lf = 0x0a
const cr = 0x0d
const isBlank = (octet: number | undefined): boolean => octet === 0x20 || octet === 0x09

/** `q` of RFC 2047 differs by `_`, which is a space there. */
export function decodeQuotedPrintable(octets: Buffer, underscoreIsSpace = false): Buffer {
  const decoded = Buffer.allocUnsafe(octets.length)
  let length = 0
  for (let at = 0; at < octets.length; at += 1) {
    const octet = octets[at]!
    if (octet === 0x5f && underscoreIsSpace) {
      decoded[length++] = 0x20
      continue
    }
    if (isBlank(octet)) {
      let end = at + 1
      while (isBlank(octets[end])) end += 1
      // White space at the end of a line was put there by transports (RFC 2045 section 6.7, rule 3).
      if (octets[end] !== lf && !(octets[end] === cr && octets[end + 1] === lf))
        length += octets.copy(decoded, length, at, end)
      at = end - 1
      continue
    }
    if (octet !== 0x3d) {
      decoded[length++] = octet
      continue
    }
    const high = hex(octets[at + 1])
    const low = hex(octets[at + 2])
    if (high !== -1 && low !== -1) {
      decoded[length++] = high * 16 + low
      at += 2
      continue
    }
    // A soft line break, with the white space that transports add; anything else stays as it is.
    let end = at + 1
    while (isBlank(octets[end])) end += 1
    if (octets[end] === cr && octets[end + 1] === lf) at = end + 1
    else if (octets[end] === lf) at = end
    else decoded[length++] = octet
  }
  return decoded.subarray(0, length)
}
