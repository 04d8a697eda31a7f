/** Octets to text in the charsets of mail. Never throws: what cannot be decoded becomes replacement characters. */
import iconv from 'iconv-lite'

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

export function decodeCharset(octets: Buffer, charset: string): string {
  const name = charset.trim().toLowerCase()
  // What calls itself ASCII and is not comes from software that knows no better: mostly UTF-8, else Windows.
  if (
    name === '' ||
    name === 'us-ascii' ||
    name === 'ascii' ||
    name === 'utf-8' ||
    name === 'utf8' ||
    name.startsWith('unknown')
  )
    return decodeUnlabelled(octets)
  try {
    // ISO-2022-JP among others is known to the platform alone. Throws a RangeError for what is no charset at all.
    if (!iconv.encodingExists(name)) return new TextDecoder(name).decode(octets)
    // Windows' superset, as browsers do: octets 80-9F are never meant as control characters.
    return iconv.decode(octets, name === 'iso-8859-1' || name === 'latin1' ? 'windows-1252' : name)
  } catch {
    return decodeUnlabelled(octets)
  }
}

export function decodeUnlabelled(octets: Buffer): string {
  try {
    return utf8.decode(octets)
  } catch {
    return iconv.decode(octets, 'windows-1252')
  }
}
