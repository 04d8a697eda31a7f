import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { checkTelemetry, noTelemetry, telemetryEnvironment, telemetryOf } from './settings.js'

const environment = z.object(telemetryEnvironment).superRefine(checkTelemetry)
const read = (env: Record<string, string>) => telemetryOf(environment.parse(env))
const token = randomBytes(16).toString('hex')

it('is off until a port is set', () => expect(read({})).toEqual(noTelemetry))

it.each(['127.0.0.1', '127.9.9.9', '::1'])('%s needs no token', (host) =>
  expect(read({ MAILFLEET_METRICS_PORT: '9', MAILFLEET_METRICS_HOST: host }).metricsToken).toBeNull(),
)

it.each(['0.0.0.0', '::', '10.0.0.1', '::ffff:10.0.0.1'])('%s needs one', (host) => {
  const env = { MAILFLEET_METRICS_PORT: '9480', MAILFLEET_METRICS_HOST: host }
  expect(() => read(env)).toThrow('must be set unless MAILFLEET_METRICS_HOST is a loopback address')
  expect(read({ ...env, MAILFLEET_METRICS_TOKEN: token }).metricsToken).toBe(token)
})

it.each([
  [{ MAILFLEET_METRICS_PORT: '70000' }, 'at most 65535'],
  [{ MAILFLEET_METRICS_PORT: 'x' }, 'must be a port number'],
  [{ MAILFLEET_METRICS_HOST: 'localhost' }, 'must be an IP address'],
  [{ MAILFLEET_METRICS_TOKEN: 'short' }, 'at least 16 characters'],
  [{ MAILFLEET_METRICS_TOKEN_FILE: '/nowhere/token' }, 'cannot be read'],
])('%j is refused', (env, message) => expect(() => read(env as Record<string, string>)).toThrow(message))

it('reads the token from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'telemetry-'))
  try {
    writeFileSync(join(folder, 'token'), `${token}\n`)
    expect(read({ MAILFLEET_METRICS_TOKEN_FILE: join(folder, 'token') }).metricsToken).toBe(token)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
