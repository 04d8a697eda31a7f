import { expect, test } from 'vitest'
import { isInRanges, normalRange } from './ip-ranges.js'

test.each([
  ['192.0.2.77/24', '192.0.2.0/24'],
  ['192.0.2.7', '192.0.2.7/32'],
  ['2001:DB8:0::5/64', '2001:db8::/64'],
  ['2001:db8::5', '2001:db8::5/128'],
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['192.0.2.0/33', null],
  ['2001:db8::/129', null],
  ['192.0.2', null],
  ['0177.0.0.1/8', null],
  ['host.example', null],
  ['', null],
])('%s', (text, range) => {
  expect(normalRange(text)).toBe(range)
})

test('an address is in the ranges of its own kind', () => {
  const ranges = ['192.0.2.0/24', '2001:db8::/64']
  expect(['192.0.2.255', '2001:db8::1', '::ffff:192.0.2.1'].map((address) => isInRanges(address, ranges))).toEqual([
    true,
    true,
    true,
  ])
  expect(['192.0.3.1', '2001:db8:0:1::1', 'unknown', ''].map((address) => isInRanges(address, ranges))).toEqual([
    false,
    false,
    false,
    false,
  ])
})
