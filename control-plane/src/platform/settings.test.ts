import { noTelemetry } from '@mailfleet/telemetry'
import { expect, test } from 'vitest'
import { readSettings } from './settings.js'

const url = 'postgres://someone@db.example/mailfleet'

test('defaults, and empty variables are absent ones', () => {
  expect(readSettings({ DATABASE_URL: url, MAILFLEET_HTTP_PORT: '', MAILFLEET_CONSOLE_DIR: '' })).toEqual({
    databaseUrl: url,
    databasePool: 4,
    httpHost: '127.0.0.1',
    httpPort: 8480,
    masterKey: null,
    masterKeyFile: null,
    publicUrl: null,
    consoleDir: null,
    logLevel: 'info',
    trustedProxies: 0,
    requestBudget: 600_000,
    outboundNetworks: [],
    dns: { servers: [], timeoutMs: 2_000, periodicChecks: true, autoconfigHost: null },
    telemetry: noTelemetry,
  })
})

test('DNS servers are a list, with ports or without', () => {
  const settings = readSettings({
    DATABASE_URL: url,
    MAILFLEET_DNS_SERVERS: '192.0.2.1, [2001:db8::1]:5353,127.0.0.1:53',
  })
  expect(settings.dns.servers).toEqual(['192.0.2.1', '[2001:db8::1]:5353', '127.0.0.1:53'])
})

test('outbound networks are a list in normal form, and nothing else', () => {
  const read = (networks: string) => readSettings({ DATABASE_URL: url, MAILFLEET_OUTBOUND_NETWORKS: networks })
  expect(read('10.1.2.3/8, ::1').outboundNetworks).toEqual(['10.0.0.0/8', '::1/128'])
  expect(() => read('intranet')).toThrow(/MAILFLEET_OUTBOUND_NETWORKS: intranet is no network/)
})

test('a public URL has no final slash', () => {
  const settings = readSettings({ DATABASE_URL: url, MAILFLEET_PUBLIC_URL: 'https://console.example/' })
  expect(settings.publicUrl).toBe('https://console.example')
})

test.each([
  ['DATABASE_URL', {}],
  ['DATABASE_URL', { DATABASE_URL: 'mysql://x/y' }],
  ['MAILFLEET_HTTP_PORT', { DATABASE_URL: url, MAILFLEET_HTTP_PORT: '70000' }],
  ['MAILFLEET_HTTP_PORT', { DATABASE_URL: url, MAILFLEET_HTTP_PORT: 'http' }],
  ['MAILFLEET_PUBLIC_URL', { DATABASE_URL: url, MAILFLEET_PUBLIC_URL: 'javascript:alert(1)' }],
  ['MAILFLEET_DNS_SERVERS', { DATABASE_URL: url, MAILFLEET_DNS_SERVERS: '192.0.2.1, dns.example' }],
  ['MAILFLEET_LOG_LEVEL', { DATABASE_URL: url, MAILFLEET_LOG_LEVEL: 'loud' }],
])('what is wrong is named: %s', (name, env) => {
  expect(() => readSettings(env)).toThrow(name)
})
