import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeModifiedUtf7, encodeModifiedUtf7 } from './modified-utf7.js'

const wellFormed = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !/\p{Surrogate}/u.test(text))

describe('modified UTF-7', () => {
  it.each([
    ['INBOX', 'INBOX'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['台北', '&U,BTFw-'],
    ['日本語', '&ZeVnLIqe-'],
    ['Q&A', 'Q&-A'],
    ['&', '&-'],
    ['😀', '&2D3eAA-'],
    ['Thư rác/đã gửi', 'Th&AbA- r&AOE-c/&AREA4w- g&Hu0-i'],
    ['', ''],
  ])('%s is %s', (name, wire) => {
    expect(encodeModifiedUtf7(name)).toBe(wire)
    expect(decodeModifiedUtf7(wire)).toBe(name)
  })

  it('brings every well-formed name back', () => {
    fc.assert(
      fc.property(wellFormed, (name) => {
        const wire = encodeModifiedUtf7(name)
        expect(wire).toMatch(/^[\x20-\x7e]*$/)
        expect(decodeModifiedUtf7(wire)).toBe(name)
      }),
    )
  })

  it.each([
    ['a shift that does not end', '&ZeVn'],
    ['base64 for what stands for itself', '&AGE-'],
    ['two shifts where one would do', '&ZeU-&Zyw-'],
    ['a lone surrogate', '&2D0-'],
    ['padding', '&ZeVnLIqe=-'],
    ['a slash in base64', '&U/BTFw-'],
    ['an odd number of octets', '&ZeVn-'],
    ['raw 8-bit', 'Entw\xfcrfe'],
    ['a control character', 'a\tb'],
  ])('refuses %s', (_, wire) => {
    expect(decodeModifiedUtf7(wire)).toBeNull()
  })

  it('gives each name one spelling, whatever octets come', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 60 }), (wire) => {
        const name = decodeModifiedUtf7(wire)
        if (name !== null) expect(encodeModifiedUtf7(name)).toBe(wire)
      }),
    )
  })
})
