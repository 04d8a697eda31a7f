import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RelaxedBodyHash, relaxedField } from './relaxed.js'

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('base64')
const hashOf = (...chunks: string[]): string => {
  const hash = new RelaxedBodyHash()
  for (const chunk of chunks) hash.update(Buffer.from(chunk, 'latin1'))
  return hash.digest()
}

/** RFC 6376 section 3.4.4, step by step. */
function relaxedBody(body: string): string {
  const lines = body.split('\r\n').map((line) => line.replace(/[ \t]+/g, ' ').replace(/ $/, ''))
  const text = lines.join('\r\n').replace(/(\r\n)+$/, '')
  return text === '' ? '' : `${text}\r\n`
}

test.each([
  // Section 3.4.5.
  [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
  ['', ''],
  ['\r\n', ''],
  [' \t\r\n \r\n', ''],
  ['a', 'a\r\n'],
  ['\r\n\r\na\r\n', '\r\n\r\na\r\n'],
  ['a\r\n \r\nb', 'a\r\n\r\nb\r\n'],
])('the body %j is hashed as %j', (body, canonical) => {
  expect(hashOf(body)).toBe(sha256(canonical))
})

test('the hash of a body does not depend on how it is cut', () => {
  const piece = fc.constantFrom('a', 'bc', ' ', '\t', '\r\n', '\r\n\r\n', '\u00ff', '.', ' \r\n')
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), fc.array(fc.nat(80)), (pieces, cuts) => {
      const body = pieces.join('')
      const at = [0, ...cuts.filter((cut) => cut <= body.length).sort((a, b) => a - b), body.length]
      const chunks = at.slice(1).map((end, index) => body.slice(at[index], end))
      expect(hashOf(...chunks)).toBe(sha256(relaxedBody(body)))
    }),
    { numRuns: 2_000 },
  )
})

test('words longer than the buffer are hashed whole', () => {
  const word = 'x'.repeat(200_000)
  expect(hashOf(word, `${word} y`)).toBe(sha256(`${word}${word} y\r\n`))
})

test.each([
  ['SubJect : AbC\r\n', 'subject:AbC'],
  ['A: X\r\n', 'a:X'],
  ['B : Y\t\r\n\tZ  \r\n', 'b:Y Z'],
  ['To:\r\n  ann@a.test,\r\n\tbob@a.test\r\n', 'to:ann@a.test, bob@a.test'],
  ['Empty:\r\n', 'empty:'],
  ['Empty: \t \r\n', 'empty:'],
])('the field %j is %j', (raw, canonical) => {
  expect(relaxedField(raw)).toBe(canonical)
})
