import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddressList, type Address } from './address-list.js'

const short = (entry: Address): string => {
  if (entry.type === 'group-end') return ';'
  if (entry.type === 'group-start') return `${entry.name}:`
  const { name, route, localPart, domain } = entry
  return `${name === null ? '' : `{${name}}`}${route === null ? '' : `[${route}]`}${localPart}@${domain}`
}

describe('address lists', () => {
  it.each<[string, string[]]>([
    ['', []],
    ['a@b', ['a@b']],
    ['<a@b>', ['a@b']],
    ['Ann Lee <a@b>, c@d', ['{Ann Lee}a@b', 'c@d']],
    ['"Lee, Ann \\"x\\"" <a@b>', ['{Lee, Ann "x"}a@b']],
    ['a@b (Ann)', ['{Ann}a@b']],
    ['a@b (Ann (the (one)))', ['{Ann (the (one))}a@b']],
    ['(c) Ann (c) <(c) a (c) @ (c) b (c)> (c)', ['{Ann}a@b']],
    ['Joe Q. Public <j@p>', ['{Joe Q. Public}j@p']],
    ['"a b"@c', ['a b@c']],
    ['"a@b"@c, "x,y"@z', ['a@b@c', 'x,y@z']],
    ['a . b @ c . d', ['a.b@c.d']],
    ['<@r1,@r2:a@b>', ['[@r1,@r2]a@b']],
    ['a@[192.0.2.1]', ['a@[192.0.2.1]']],
    ['a@[IPv6:2001:db8::1], b@c', ['a@[IPv6:2001:db8::1]', 'b@c']],
    ['g: a@b, c@d;, e@f', ['g:', 'a@b', 'c@d', ';', 'e@f']],
    ['undisclosed-recipients:;', ['undisclosed-recipients:', ';']],
    ['g: a@b', ['g:', 'a@b', ';']],
    ['lone', ['lone@']],
    ['<>', []],
    [', ,a@b,,', ['a@b']],
    ['a@b c@d', ['a@b']],
    ['a@b; c@d', ['a@b', 'c@d']],
    ['Ann <a@b', ['{Ann}a@b']],
    ['"open <a@b>', ['open <a@b>@']],
    ['<a@b> trailing "x, y", c@d', ['a@b', 'c@d']],
    ['=?utf-8?q?A=2C_B?= <a@b>', ['{=?utf-8?q?A=2C_B?=}a@b']],
    ['a@@b, c@d', ['a@', 'c@d']],
    ['>>, x@y', ['x@y']],
  ])('%s', (field, expected) => {
    expect(parseAddressList(field).map(short)).toEqual(expected)
  })

  it('end for any text, with groups closed', () => {
    const piece = fc.oneof(fc.constantFrom(...'<>@,;:"\\()[]. a'.split('')), fc.string({ maxLength: 3 }))
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const list = parseAddressList(pieces.join(''))
        const count = (type: Address['type']) => list.filter((entry) => entry.type === type).length
        expect(count('group-start')).toBe(count('group-end'))
      }),
      { numRuns: 2_000 },
    )
  })

  it('find again what was written by the rules', () => {
    const atom = fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~-]{1,8}$/)
    const written = fc.record({ name: fc.string({ maxLength: 8 }), localPart: atom, domain: atom })
    fc.assert(
      fc.property(fc.array(written, { maxLength: 8 }), (addresses) => {
        const field = addresses.map(
          ({ name, localPart, domain }) => `"${name.replace(/["\\]/g, '\\$&')}" <${localPart}@${domain}>`,
        )
        expect(parseAddressList(field.join(', '))).toEqual(
          addresses.map((address) => ({ type: 'mailbox', route: null, ...address, name: address.name.trim() || null })),
        )
      }),
    )
  })
})
