import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DataDecoder } from './data-decoder.js'

/** Feeds the octets in pieces of the given lengths, the last of which repeats. */
function decode(octets: Buffer, cuts: number[]): { message: string; rest: string | null; violation: string | null } {
  const decoder = new DataDecoder()
  const output: Buffer[] = []
  let position = 0
  for (let index = 0; position < octets.length; index++) {
    const length = cuts[Math.min(index, cuts.length - 1)]!
    const decoded = decoder.decode(octets.subarray(position, position + length))
    position += length
    output.push(Buffer.from(decoded.output))
    if (decoded.rest !== null) {
      const rest = Buffer.concat([decoded.rest, octets.subarray(position)])
      return {
        message: Buffer.concat(output).toString('latin1'),
        rest: rest.toString('latin1'),
        violation: decoder.violation,
      }
    }
  }
  return { message: Buffer.concat(output).toString('latin1'), rest: null, violation: decoder.violation }
}

/** What RFC 5321 says, said plainly: everything up to CRLF.CRLF (the first CRLF may be that of DATA itself), lines unstuffed. */
function model(text: string): { message: string; rest: string; violation: boolean } | null {
  const end = `\r\n${text}`.indexOf('\r\n.\r\n')
  if (end < 0) return null
  const raw = text.slice(0, end)
  const message = `\r\n${raw}`.replace(/\r\n\./g, '\r\n').slice(2)
  return { message, rest: text.slice(end + 3), violation: /\r(?!\n)|(?<!\r)\n|\0/.test(raw) }
}

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 })

describe('DataDecoder', () => {
  it('agrees with the model on every text, however it is cut', () => {
    const token = fc.constantFrom(
      '\r\n',
      '\r\n.',
      '\r',
      '\n',
      '.',
      '..',
      '\0',
      'a',
      'text',
      '\r\n.\r\n',
      '\n.\n',
      '\r.\r',
    )
    const text = fc.array(token, { maxLength: 20 }).map((tokens) => `${tokens.join('')}\r\n.\r\nQUIT\r\n`)
    fc.assert(
      fc.property(text, cuts, (value, lengths) => {
        const expected = model(value)!
        const found = decode(Buffer.from(value, 'latin1'), lengths)
        expect(found.rest).toBe(expected.rest)
        expect(found.violation !== null).toBe(expected.violation)
        if (!expected.violation) expect(found.message).toBe(expected.message)
      }),
      { numRuns: 3_000 },
    )
  })

  it('gives back every message that was stuffed as the standard says', () => {
    const line = fc.string({ unit: fc.constantFrom('.', 'x', ' ', '\t', 'ÿ'), maxLength: 6 })
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), cuts, (lines, lengths) => {
        const message = lines.map((one) => `${one}\r\n`).join('')
        const wire = lines.map((one) => `${one.startsWith('.') ? '.' : ''}${one}\r\n`).join('')
        const found = decode(Buffer.from(`${wire}.\r\n`, 'latin1'), lengths)
        expect(found).toEqual({ message, rest: '', violation: null })
      }),
      { numRuns: 1_000 },
    )
  })
})
