import fc from 'fast-check'
import iconv from 'iconv-lite'
import { describe, expect, it } from 'vitest'
import { parseDateField } from './date-field.js'
import { decodeHeaderText } from './encoded-words.js'
import { decodeBase64, decodeQuotedPrintable } from './transfer-encoding.js'

describe('encoded words', () => {
  it.each([
    ['plain', 'plain'],
    ['=?utf-8?q?caf=C3=A9_au_lait?=', 'café au lait'],
    ['=?ISO-8859-1?Q?caf=E9?=', 'café'],
    ['=?utf-8*vi?b?Q2jDoG8=?= you', 'Chào you'],
    ['=?utf-8?q?a?= \t =?utf-8?q?b?=', 'ab'],
    ['=?utf-8?q?a?= x =?utf-8?q?b?=', 'a x b'],
    ['=?utf-8?q?caf=C3?= =?utf-8?q?=A9?=', 'café'],
    ['=?iso-2022-jp?b?GyRCJUYlOSVIGyhC?=', 'テスト'],
    ['=?gb2312?b?suLK1A==?=', '测试'],
    ['=?no-such-charset?q?abc?=', 'abc'],
    ['=?utf-8?x?abc?=', '=?utf-8?x?abc?='],
    ['=?utf-8?q?unfinished', '=?utf-8?q?unfinished'],
    ['a=?utf-8?q?b?=c', 'abc'],
    [Buffer.from('Xin chào', 'utf8').toString('latin1'), 'Xin chào'],
    ['caf\xe9', 'café'],
    ['=?utf-8?q?a=0D=0AB:_c?=', 'a B: c'],
  ])('%s', (field, text) => {
    expect(decodeHeaderText(field)).toBe(text)
  })

  it('read what was encoded, in any charset, however it was split', () => {
    const charset = fc.constantFrom('utf-8', 'windows-1258', 'shift_jis', 'koi8-r')
    fc.assert(
      fc.property(
        charset,
        fc.string({ unit: 'grapheme', maxLength: 30 }),
        fc.integer({ min: 1, max: 9 }),
        (name, text, size) => {
          const octets = iconv.encode(text, name)
          const words = []
          for (let at = 0; at < octets.length; at += size)
            words.push(`=?${name}?b?${octets.subarray(at, at + size).toString('base64')}?=`)

          const expected = iconv
            .decode(octets, name)
            .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
            .trim()
          expect(decodeHeaderText(words.join(' '))).toBe(expected)
        },
      ),
    )
  })
})

describe('transfer encodings', () => {
  it.each([
    ['YWJj', 'abc'],
    ['YW\r\nJj', 'abc'],
    ['YQ==YmM=', 'abc'],
    ['Y!W#J-j', 'abc'],
    ['', ''],
    ['=', ''],
  ])('base64 %j', (encoded, decoded) => {
    expect(decodeBase64(Buffer.from(encoded)).toString()).toBe(decoded)
  })

  it.each([
    ['a=20b', 'a b'],
    ['soft =\r\nbreak', 'soft break'],
    ['soft= \t\r\nbreak', 'softbreak'],
    ['soft=\nbreak', 'softbreak'],
    ['=3d=3D', '=='],
    ['bad =G1 =', 'bad =G1 ='],
    ['=', '='],
    ['_', '_'],
  ])('quoted-printable %j', (encoded, decoded) => {
    expect(decodeQuotedPrintable(Buffer.from(encoded)).toString()).toBe(decoded)
  })
})

describe('dates', () => {
  it.each<[string, string | null]>([
    ['Sat, 01 Feb 2007 01:02:03 +0200', '2007-01-31T23:02:03.000Z'],
    ['1 Feb 2007 01:02 GMT', '2007-02-01T01:02:00.000Z'],
    ['Thu,  1 Feb 2007 01:02:03 -0730 (comment)', '2007-02-01T08:32:03.000Z'],
    ['Thu, 1 Feb 07 01:02:03 EST', '2007-02-01T06:02:03.000Z'],
    ['1 Feb 99 01:02:03 PDT', '1999-02-01T08:02:03.000Z'],
    ['1 Feb 107 01:02:03 Z', '2007-02-01T01:02:03.000Z'],
    ['1 Feb 2007 01:02:03', '2007-02-01T01:02:03.000Z'],
    ['1 Feb\r\n 2007 (x) 01:02:03 +0000', '2007-02-01T01:02:03.000Z'],
    ['Thursday, 01-Feb-07 01:02:03 GMT', '2007-02-01T01:02:03.000Z'],
    ['31 Dec 2016 23:59:60 +0000', '2017-01-01T00:00:00.000Z'],
    ['31 Feb 2007 01:02:03 +0000', null],
    ['1 Feb 2007 24:00:00 +0000', null],
    ['1 Foo 2007 01:02:03 +0000', null],
    ['yesterday', null],
    ['', null],
  ])('%s', (field, expected) => {
    const time = parseDateField(field)
    expect(time === null ? null : new Date(time).toISOString()).toBe(expected)
  })
})
