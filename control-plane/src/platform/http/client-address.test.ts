import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { clientAddress } from './client-address.js'

const request = (remoteAddress: string, forwarded?: string) =>
  ({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwarded } }) as unknown as IncomingMessage

test.each([
  ['without proxies nobody is believed', '192.0.2.1', '203.0.113.9', 0, '192.0.2.1'],
  ['one proxy names the client', '192.0.2.1', '203.0.113.9', 1, '203.0.113.9'],
  ['what the client itself claims is not looked at', '192.0.2.1', '198.51.100.1, 203.0.113.9', 1, '203.0.113.9'],
  ['two proxies', '192.0.2.1', '198.51.100.1, 203.0.113.9', 2, '198.51.100.1'],
  ['more proxies than were passed', '192.0.2.1', undefined, 3, '192.0.2.1'],
  ['IPv4 in IPv6', '::ffff:192.0.2.1', undefined, 0, '192.0.2.1'],
  ['IPv6', '2001:db8::1', undefined, 0, '2001:db8::1'],
  ['what is no address', '192.0.2.1', 'nonsense', 1, 'unknown'],
])('%s', (_, remote, forwarded, proxies, address) => {
  expect(clientAddress(request(remote, forwarded), proxies)).toBe(address)
})
