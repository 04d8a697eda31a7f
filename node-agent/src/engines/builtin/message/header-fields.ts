/** HEADER.FIELDS and HEADER.FIELDS.NOT (RFC 3501 section 6.4.5): whole fields, as they are in the message. */

const lineFeed = 0x0a
const [space, tab, colon] = [0x20, 0x09, 0x3a]

/** The fields of a header, each with its folded lines and CRLF, in order; without the empty line that ends it. */
export function* splitFields(header: Buffer): Generator<{ name: string; octets: Buffer }> {
  let start = 0
  while (start < header.length) {
    let end = endOfLine(header, start)
    while (end < header.length && (header[end] === space || header[end] === tab)) end = endOfLine(header, end)
    const octets = header.subarray(start, end)
    if (isEmptyLine(octets)) return
    const separator = octets.indexOf(colon)
    yield { name: separator < 0 ? '' : octets.toString('latin1', 0, separator).trimEnd().toUpperCase(), octets }
    start = end
  }
}

/** The selected fields and an empty line. */
export function selectFields(header: Buffer, fields: readonly string[], excluded: boolean): Buffer {
  const names = new Set(fields)
  const selected: Buffer[] = []
  for (const { name, octets } of splitFields(header)) if (names.has(name) !== excluded) selected.push(octets)
  selected.push(Buffer.from('\r\n'))
  return Buffer.concat(selected)
}

function endOfLine(octets: Buffer, start: number): number {
  const found = octets.indexOf(lineFeed, start)
  return found < 0 ? octets.length : found + 1
}

const isEmptyLine = (line: Buffer): boolean =>
  line.length === 0 || line[0] === lineFeed || (line.length === 2 && line[0] === 0x0d && line[1] === lineFeed)
