/** DNS records as lines of a zone file (RFC 1035 section 5). */
export interface ZoneRecord {
  type: string
  name: string
  value: string
  priority: number | null
  ttl: number
}

const absolute = (name: string): string => (name.endsWith('.') ? name : `${name}.`)

/** A character-string holds at most 255 octets (RFC 1035 section 3.3); a longer text is several in a row. */
function quoted(text: string): string {
  const parts = text.match(/[\s\S]{1,255}/g) ?? ['']
  return parts.map((part) => `"${part.replace(/[\\"]/g, '\\$&')}"`).join(' ')
}

export function zoneLine({ type, name, value, priority, ttl }: ZoneRecord): string {
  const data =
    type === 'TXT'
      ? value.startsWith('"')
        ? value
        : quoted(value)
      : priority === null
        ? value
        : `${priority} ${value}`
  return [absolute(name), ttl, 'IN', type, data].join('\t')
}

export const zoneFile = (records: readonly ZoneRecord[]): string => records.map(zoneLine).join('\n') + '\n'
