/** `name=value; name=value`, as DKIM, DMARC, MTA-STS and TLS-RPT write it (RFC 6376 section 3.2). Names are in lower case here. */
export function parseTags(text: string): Map<string, string> | null {
  const tags = new Map<string, string>()
  for (const part of text.split(';')) {
    if (part.trim() === '') continue
    // The space behind a value is no matter of the pattern: of a long record it would cost its square.
    const match = /^\s*([a-z][a-z0-9_]*)\s*=(.*)$/is.exec(part)
    const name = match?.[1]!.toLowerCase()
    if (!match || tags.has(name!)) return null
    tags.set(name!, match[2]!.trim())
  }
  return tags
}

/** Whether it is a record of this version at all: `v=` comes first. */
export const hasVersion = (text: string, version: string): boolean =>
  new RegExp(`^\\s*v\\s*=\\s*${version}\\s*(;|$)`, 'i').test(text)
