import { mailEvent, type MailEvent } from '@mailfleet/schema'
import { expect, test } from 'vitest'
import { sessionEvents } from './session-events.js'

test('of each network, and kind of encryption, one event a minute, which stands for all since the last', () => {
  const told: MailEvent[] = []
  let now = 1_000_000
  const ended = sessionEvents({ emit: (event) => told.push(mailEvent.parse(event)) }, 'IMAP', () => now)
  const client = (remoteIp: string, tlsDescription: string | null = null) => ended({ remoteIp, tlsDescription }, 12.3)
  for (let i = 0; i < 50; i++) client('192.0.2.1')
  client('192.0.2.1', 'TLSv1.3 TLS_AES_256_GCM_SHA384')
  expect(told).toMatchObject([
    { type: 'SESSION', protocol: 'IMAP', remoteIp: '192.0.2.1', tls: null, sessions: 1, durationMs: 12 },
    { tls: 'TLSv1.3 TLS_AES_256_GCM_SHA384', sessions: 1 },
  ])
  now += 60_000
  client('192.0.2.1')
  expect(told.at(-1)).toMatchObject({ tls: null, sessions: 50 })
  now += 60_000
  // From everywhere: bounded all together, and what is not told now counts later.
  for (let i = 0; i < 2_000; i++) client(`10.${i >> 8}.${i & 255}.1`)
  expect(told).toHaveLength(3 + 600)
})
