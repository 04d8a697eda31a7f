/** What goes over the wire, read back by the decoder of our server. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DataDecoder } from '../../smtp/data-decoder.js'
import { DotStuffing } from './dot-stuffing.js'

const piece = fc
  .array(fc.constantFrom('\r', '\n', '\r\n', '.', 'a', '\r\n.\r\n', '\n.\n', '\xe9'), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join(''), 'latin1'))

it('ends where the message ends, with proper lines only, however it was cut', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
      const stuffing = new DotStuffing()
      const wire = Buffer.concat([...pieces.map((one) => stuffing.piece(one)), stuffing.end()])
      const decoder = new DataDecoder()
      const { output, rest } = decoder.decode(wire)
      expect(rest).toEqual(Buffer.alloc(0))
      expect(decoder.violation).toBeNull()
      const lines = Buffer.concat(pieces)
        .toString('latin1')
        .split(/\r\n|\r|\n/)
      const whole = lines.at(-1) === '' ? lines.slice(0, -1) : lines
      expect(output.toString('latin1')).toBe(whole.map((line) => `${line}\r\n`).join(''))
    }),
  )
})
