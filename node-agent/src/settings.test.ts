import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readSettings } from './settings.js'

const minimal = { MAILFLEET_NODE_DATA: '/var/lib/node' }

describe('readSettings', () => {
  it('needs a data folder and has a default for the rest', () => {
    const settings = readSettings(minimal)
    expect(settings.controlPlanes.map(({ href }) => href)).toEqual(['http://127.0.0.1:8480/'])
    expect(settings.bindAddress).toBe('127.0.0.1')
    expect(settings.ports).toEqual({
      smtp: 2525,
      submission: 2587,
      submissions: 2465,
      imap: 2143,
      imaps: 2993,
      pop3: 2110,
      pop3s: 2995,
    })
    expect(settings.outboundPort).toBe(25)
    expect(settings.dnsServers).toBeUndefined()
    expect(settings.joinToken()).toBeNull()
  })

  it('reads the addresses of several control planes', () => {
    const urls = 'https://one.example, https://two.example:8443'
    const { controlPlanes } = readSettings({ ...minimal, MAILFLEET_CONTROL_PLANE_URL: urls })
    expect(controlPlanes.map(({ host }) => host)).toEqual(['one.example', 'two.example:8443'])
  })

  it('reads ports, also "any" and "off", and treats an empty variable as none', () => {
    const { ports } = readSettings({
      ...minimal,
      MAILFLEET_SMTP_PORT: '25',
      MAILFLEET_IMAP_PORT: 'off',
      MAILFLEET_POP3_PORT: '0',
      MAILFLEET_POP3S_PORT: '',
    })
    expect(ports).toMatchObject({ smtp: 25, imap: null, pop3: 0, pop3s: 2995 })
  })

  it('reads DNS servers with and without a port', () => {
    const servers = '127.0.0.1:5353, [::1]:53,9.9.9.9,::1'
    expect(readSettings({ ...minimal, MAILFLEET_DNS_SERVERS: servers }).dnsServers).toEqual([
      '127.0.0.1:5353',
      '[::1]:53',
      '9.9.9.9',
      '::1',
    ])
  })

  it('reads resolvers that validate, or that there are none, and who sends TLS reports', () => {
    const read = (more: Record<string, string>) => readSettings({ ...minimal, ...more })
    expect(read({}).validatingDnsServers).toBeUndefined()
    expect(read({ MAILFLEET_VALIDATING_DNS_SERVERS: 'off' }).validatingDnsServers).toEqual([])
    expect(read({ MAILFLEET_VALIDATING_DNS_SERVERS: '192.0.2.1' }).validatingDnsServers).toEqual(['192.0.2.1'])
    expect(read({}).tlsReporter).toBeNull()
    expect(read({ MAILFLEET_TLS_REPORT_DOMAIN: 'Here.test' }).tlsReporter).toEqual({
      domain: 'here.test',
      organization: 'here.test',
      contact: 'postmaster@here.test',
    })
  })

  it('reads the join token from a file when it is needed', () => {
    const folder = mkdtempSync(join(tmpdir(), 'settings-'))
    const file = join(folder, 'token')
    const { joinToken } = readSettings({ ...minimal, MAILFLEET_JOIN_TOKEN_FILE: file })
    expect(joinToken).toThrow(/^MAILFLEET_JOIN_TOKEN_FILE cannot be read: /)
    writeFileSync(file, 'secret\n')
    expect(joinToken()).toBe('secret')
    rmSync(folder, { recursive: true })
  })

  it.each([
    [{}, 'MAILFLEET_NODE_DATA must be set'],
    [{ ...minimal, MAILFLEET_SMTP_PORT: '70000' }, 'MAILFLEET_SMTP_PORT must be at most 65535'],
    [
      { ...minimal, MAILFLEET_IMAP_PORT: 'imap' },
      'MAILFLEET_IMAP_PORT must be a port number, 0 for any free one, or off',
    ],
    [{ ...minimal, MAILFLEET_OUTBOUND_PORT: '0' }, 'MAILFLEET_OUTBOUND_PORT must be from 1 to 65535'],
    [
      { ...minimal, MAILFLEET_CONTROL_PLANE_URL: 'ftp://x' },
      'MAILFLEET_CONTROL_PLANE_URL must be an http or https URL',
    ],
    [
      { ...minimal, MAILFLEET_CONTROL_PLANE_URL: 'https://one.example,two.example' },
      'MAILFLEET_CONTROL_PLANE_URL must be an http or https URL',
    ],
    [{ ...minimal, MAILFLEET_BIND_ADDRESS: 'localhost' }, 'MAILFLEET_BIND_ADDRESS must be an IP address'],
    [{ ...minimal, MAILFLEET_DNS_SERVERS: 'dns.example' }, 'MAILFLEET_DNS_SERVERS must be a list of IP addresses'],
    [{ ...minimal, MAILFLEET_TLS_CERT: '/c' }, 'MAILFLEET_TLS_CERT and MAILFLEET_TLS_KEY must be set together'],
  ])('%o: %s', (env, message) => {
    expect(() => readSettings(env)).toThrow(message)
  })
})
