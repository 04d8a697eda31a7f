import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dayOf, dayOfDateField, formatDateTime, parseDate, parseDateTime } from './date-time.js'

describe('dates on the wire', () => {
  it('come back to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        expect(parseDateTime(formatDateTime(seconds * 1000))).toBe(seconds * 1000)
      }),
    )
  })

  it.each([
    ['17-Jul-1996 02:44:25 -0700', '1996-07-17T09:44:25Z'],
    [' 1-Feb-2024 00:00:00 +0530', '2024-01-31T18:30:00Z'],
    ['29-Feb-2024 23:59:59 +0000', '2024-02-29T23:59:59Z'],
    ['01-jan-1970 00:00:00 +0000', '1970-01-01T00:00:00Z'],
  ])('reads %s', (text, iso) => {
    expect(parseDateTime(text)).toBe(Date.parse(iso))
  })

  it.each([
    '29-Feb-2023 00:00:00 +0000',
    '31-Apr-2024 00:00:00 +0000',
    '1-Jan-2024 00:00:00 +0000',
    ' 1-Jan-2024 24:00:00 +0000',
    ' 1-Jan-2024 00:60:00 +0000',
    ' 1-Jan-2024 00:00:00 0000',
    ' 1-Foo-2024 00:00:00 +0000',
    ' 0-Jan-2024 00:00:00 +0000',
    '',
  ])('refuses %j', (text) => {
    expect(parseDateTime(text)).toBeNull()
  })

  it('reads search dates', () => {
    expect(parseDate('1-Feb-1994')).toBe(dayOf(Date.parse('1994-02-01')))
    expect(parseDate('01-Feb-1994')).toBe(parseDate('1-Feb-1994'))
    expect(parseDate('30-Feb-1994')).toBeNull()
  })

  it.each([
    ['Wed, 17 Jul 1996 23:30:00 -0700', '1996-07-17'],
    ['17 Jul 96 02:23:25 +0200 (CEST)', '1996-07-17'],
    ['Mon,  5 January 2015 00:00:00 GMT', '2015-01-05'],
  ])('takes the day that the writer of %s saw', (field, day) => {
    expect(dayOfDateField(field)).toBe(dayOf(Date.parse(day)))
  })

  it('does not take hostile fields for dates, nor long', () => {
    expect(dayOfDateField('yesterday')).toBeNull()
    expect(dayOfDateField(' '.repeat(100_000) + '1')).toBeNull()
  })
})
