import fc from 'fast-check'
import punycode from 'punycode.js'
import { describe, expect, test } from 'vitest'
import { formatBytes, parseGibibytes, toGibibytes } from './bytes.ts'
import { toUnicodeAddress, toUnicodeDomain } from './domain-names.ts'
import { formatDuration, formatDurations, parseDuration, parseDurations } from './duration.ts'
import { generatePassword } from './password.ts'
import { formatDateTime, formatRelative, localToIso, zoneName } from './time.ts'

describe('sizes', () => {
  test.each([
    [0, 'en', '0 B'],
    [1023, 'en', '1,023 B'],
    [1536, 'en', '1.5 KiB'],
    [52_428_800, 'en', '50 MiB'],
    [1536, 'vi', '1,5 KiB'],
    [5 * 1024 ** 4, 'en', '5 TiB'],
    [5_000 * 1024 ** 4, 'en', '5,000 TiB'],
  ])('%i in %s is %s', (bytes, locale, text) => expect(formatBytes(bytes, locale)).toBe(text))

  test.each([
    ['', null],
    ['5', 5 * 1024 ** 3],
    [' 2,5 ', 2.5 * 1024 ** 3],
    ['-1', Number.NaN],
    ['1e9', Number.NaN],
    ['99999999999', Number.NaN],
  ])('%j GiB', (text, bytes) => expect(parseGibibytes(text)).toBe(bytes))

  test('a quota that is shown reads back as itself, to the precision shown', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 10_000 }), (gibibytes) => {
        expect(parseGibibytes(toGibibytes(gibibytes * 1024 ** 3))).toBe(gibibytes * 1024 ** 3)
      }),
    )
    expect(toGibibytes(null)).toBe('')
  })
})

describe('durations', () => {
  test('read back as themselves', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 99_999_999 }),
        (seconds) => parseDuration(formatDuration(seconds)) === seconds,
      ),
    )
    expect(formatDurations([60, 300, 3_600, 432_000, 90])).toBe('1m, 5m, 1h, 5d, 90s')
    expect(parseDurations('1m, 5m;1h 90')).toEqual([60, 300, 3_600, 90])
  })
  test.each(['', 'm', '1x', '-5m', '1.5h', '1m, x'])('%j is none', (text) => expect(parseDurations(text)).toBeNull())
})

describe('names of domains', () => {
  test.each([
    ['xn--mnchen-3ya.example', 'münchen.example'],
    ['XN--MNCHEN-3YA.example', 'münchen.example'],
    ['plain.example', 'plain.example'],
    ['xn--.example', 'xn--.example'],
  ])('%s is shown as %s', (wire, shown) => expect(toUnicodeDomain(wire)).toBe(shown))

  test('agree with the URL parser on every domain that it can make', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zäöüßăâđêôơưạảấầ]{1,12}$/), (label) => {
        const { hostname } = new URL(`http://${label}.example`)
        expect(new URL(`http://${toUnicodeDomain(hostname)}`).hostname).toBe(hostname)
      }),
    )
  })

  test('keep a label on the wire that would show invisible or turning characters', () => {
    // U+202E turns round what follows; U+200B shows nothing.
    for (const text of ['a\u202eb', 'pay\u200bpal', 'b\u00adank']) {
      const wire = `xn--${punycode.encode(text)}.example`
      expect(toUnicodeDomain(wire)).toBe(wire)
    }
  })

  test('never throw, and never touch the local part', () => {
    fc.assert(fc.property(fc.string(), (text) => typeof toUnicodeAddress(text) === 'string'))
    expect(toUnicodeAddress('xn--mnchen-3ya@xn--mnchen-3ya.example')).toBe('xn--mnchen-3ya@münchen.example')
  })
})

describe('times', () => {
  const at = '2026-11-24T13:05:09.000Z'

  test('are in the zone of the viewer and name it', () => {
    expect(formatDateTime(at, 'en', 'Asia/Ho_Chi_Minh')).toBe('Nov 24, 2026, 20:05:09 GMT+7')
    expect(formatDateTime(at, 'vi', 'Asia/Ho_Chi_Minh')).toContain('20:05:09 GMT+7')
    expect(zoneName('en', 'Asia/Ho_Chi_Minh')).toBe('GMT+7')
  })

  test.each([
    [0, 'now'],
    [59_000, 'now'],
    [61_000, '1 minute ago'],
    [7_300_000, '2 hours ago'],
    [90_000_000, 'yesterday'],
    [-7_300_000, 'in 2 hours'],
  ])('%i ms ago is %s', (age, text) => {
    expect(formatRelative(at, 'en', new Date(at).getTime() + age)).toBe(text)
  })

  test('of a date field are local, and nonsense is nothing', () => {
    expect(localToIso('2026-11-24T08:00')).toBe(new Date('2026-11-24T08:00').toISOString())
    expect(localToIso('')).toBeUndefined()
    expect(localToIso('soon')).toBeUndefined()
  })
})

test('a generated password is long, readable, and another one each time', () => {
  const made = Array.from({ length: 200 }, () => generatePassword())
  for (const password of made) expect(password).toMatch(/^[a-km-zA-HJ-NP-Z2-9]{5}(-[a-km-zA-HJ-NP-Z2-9]{5}){3}$/)
  expect(new Set(made).size).toBe(made.length)
})
