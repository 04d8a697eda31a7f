import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { displayDomain, domainOf, normalizeAddress, normalizeDomain, normalizeLocalPart } from './addresses.js'

describe('normalizeDomain', () => {
  it.each([
    ['Example.ORG', 'example.org'],
    ['example.org.', 'example.org'],
    ['càphê.vn', 'xn--cph-9ka6c.vn'],
    ['CÀPHÊ.vn', 'xn--cph-9ka6c.vn'],
    ['xn--cph-9ka6c.vn', 'xn--cph-9ka6c.vn'],
    ['bücher。example', 'xn--bcher-kva.example'],
    ['a_b.example', 'a_b.example'],
  ])('%s → %s', (input, expected) => expect(normalizeDomain(input)).toBe(expected))

  it.each([
    '',
    '.',
    'a..b',
    '-a.example',
    'a-.example',
    'a b.example',
    '127.0.0.1',
    '[::1]',
    'a/b',
    'a@b',
    'a:1',
    'x'.repeat(64) + '.example',
    'a.'.repeat(130) + 'b',
    'xn--a.example',
    'a\0b.example',
  ])('refuses %j', (input) => expect(normalizeDomain(input)).toBeNull())

  it('is its own normal form, and the display form leads back to it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.domain(), fc.string()), (input) => {
        const name = normalizeDomain(input)
        fc.pre(name !== null)
        expect(normalizeDomain(name!)).toBe(name)
        expect(normalizeDomain(displayDomain(name!))).toBe(name)
      }),
    )
  })
})

describe('normalizeLocalPart', () => {
  it.each([
    ['Ana.Silva', 'ana.silva'],
    ['HƯƠNG', 'hương'],
    ['hu\u031Bo\u031Bng', 'hương'],
    ["o'neil+tag", "o'neil+tag"],
  ])('%s → %s', (input, expected) => expect(normalizeLocalPart(input)).toBe(expected))

  it.each([
    '',
    '.a',
    'a.',
    'a..b',
    'a b',
    'a@b',
    '"a b"',
    'a\r\nb',
    'a\u0085b',
    'a\u2028b',
    'x'.repeat(65),
    'ư'.repeat(33),
    'a(b)',
    'a,b',
    'a<b>',
  ])('refuses %j', (input) => expect(normalizeLocalPart(input)).toBeNull())
})

describe('normalizeAddress', () => {
  it('splits at the last @ and normalises both sides', () => {
    expect(normalizeAddress('Ana@Example.ORG')).toBe('ana@example.org')
    expect(domainOf('ana@example.org')).toBe('example.org')
    for (const bad of [
      'ana',
      '@example.org',
      'ana@',
      'a@b@example.org',
      '<ana@example.org>',
      'ana@example.org\r\nRCPT',
    ])
      expect(normalizeAddress(bad), bad).toBeNull()
  })

  it('never yields white space, controls, brackets or a second @', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string({ unit: 'binary' })), (input) => {
        const address = normalizeAddress(input)
        fc.pre(address !== null)
        expect(address).not.toMatch(/[\s<>\0]|@.*@/u)
        expect(normalizeAddress(address!)).toBe(address)
      }),
    )
  })
})
