import { expect, test } from 'vitest'
import { senderMatcher } from './sender-pattern.js'

const matcher = senderMatcher(['ann@a.test', 'b.test', '*.c.test', '192.0.2.7', '198.51.100.0/24', '2001:db8::/32'])

test.each([
  ['ann@a.test', '203.0.113.1', 'ann@a.test'],
  ['bob@a.test', '203.0.113.1', null],
  ['any@b.test', '203.0.113.1', 'b.test'],
  ['any@sub.b.test', '203.0.113.1', null],
  ['any@deep.sub.c.test', '203.0.113.1', '*.c.test'],
  ['any@c.test', '203.0.113.1', '*.c.test'],
  ['any@xc.test', '203.0.113.1', null],
  ['', '192.0.2.7', '192.0.2.7'],
  ['', '::ffff:198.51.100.9', '198.51.100.0/24'],
  ['', '2001:db8:1::2', '2001:db8::/32'],
  ['', 'not an address', null],
])('%j from %s is met by %j', (reversePath, ip, pattern) => {
  expect(matcher.match(reversePath, ip)).toBe(pattern)
})
