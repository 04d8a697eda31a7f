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

function dataOf({ type, value, priority }: ZoneRecord): string {
  if (type === 'TXT') return value.startsWith('"') ? value : quoted(value)
  // A host without the final dot would be read as one inside the zone (RFC 1035 section 5.1).
  const data = ['MX', 'SRV', 'CNAME'].includes(type) ? absolute(value) : value
  return priority === null ? data : `${priority} ${data}`
}

export const zoneLine = (record: ZoneRecord): string =>
  [absolute(record.name), record.ttl, 'IN', record.type, dataOf(record)].join('\t')

export const zoneFile = (records: readonly ZoneRecord[]): string => records.map(zoneLine).join('\n') + '\n'
