import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ArgumentCursor } from './argument-cursor.js'
import { modifiedUtf7Names, utf8Names } from './mailbox-names.js'

describe.each([
  ['modified UTF-7', modifiedUtf7Names],
  ['UTF-8', utf8Names],
])('names in %s', (_, names) => {
  it('are read as they are written', () => {
    const name = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .map((text) => text.replace(/[\0\r\n]/g, '-'))
    fc.assert(
      fc.property(name, (given) => {
        const normal = given.normalize('NFC')
        const wire = names.format(normal)
        fc.pre(!wire.startsWith('{'))
        const args = new ArgumentCursor([` ${wire}`], names)
        args.space()
        expect(args.mailbox().toLowerCase()).toBe(normal.toLowerCase())
        args.end()
      }),
    )
  })
})

describe('names in UTF-8', () => {
  it.each([
    ['Sent', 'Sent'],
    ['nil', '"nil"'],
    ['a&b', 'a&b'],
    ['Thư', `"${Buffer.from('Thư').toString('latin1')}"`],
    ['a"\\', '"a\\"\\\\"'],
  ])('%j are %j', (name, wire) => expect(utf8Names.format(name)).toBe(wire))

  it('must be well-formed', () => expect(utf8Names.decode('\xff')).toBeNull())
})
