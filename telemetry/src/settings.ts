/**
 * The variables by which an operator has a process watched, the same of control plane and node. Metrics are off until a port is
 * set, and then for this machine alone: on any other address they ask for a token.
 */
import { BlockList, isIP } from 'node:net'
import { readFileSync } from 'node:fs'
import { z } from 'zod'

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8)
loopback.addAddress('::1', 'ipv6')

export interface TelemetrySettings {
  metricsHost: string
  /** 0 takes a free port; null: nobody listens. */
  metricsPort: number | null
  /** What a scraper must bring; null: nothing, on loopback only. */
  metricsToken: string | null
}

/** Of a process that nobody watches. */
export const noTelemetry: TelemetrySettings = { metricsHost: '127.0.0.1', metricsPort: null, metricsToken: null }

export const telemetryEnvironment = {
  MAILFLEET_METRICS_HOST: z
    .string()
    .refine((text) => isIP(text) !== 0, 'must be an IP address')
    .prefault('127.0.0.1'),
  MAILFLEET_METRICS_PORT: z
    .string()
    .regex(/^(off|\d{1,5})$/, 'must be a port number, 0 for any free one, or off')
    .transform((text) => (text === 'off' ? null : Number(text)))
    .refine((port) => port === null || port <= 65_535, 'must be at most 65535')
    .prefault('off'),
  MAILFLEET_METRICS_TOKEN: z.string().min(16, 'must have at least 16 characters').optional(),
  MAILFLEET_METRICS_TOKEN_FILE: z
    .string()
    .transform((path, context) => {
      try {
        const token = readFileSync(path, 'utf8').trim()
        if (token.length < 16) context.addIssue('must hold a token of at least 16 characters')
        return token
      } catch (error) {
        context.addIssue(`cannot be read: ${(error as Error).message}`)
        return z.NEVER
      }
    })
    .optional(),
}

type Values = z.infer<z.ZodObject<typeof telemetryEnvironment>>

const tokenOf = (values: Values): string | null =>
  values.MAILFLEET_METRICS_TOKEN ?? values.MAILFLEET_METRICS_TOKEN_FILE ?? null

/** For `superRefine` of an object that has these variables. */
export function checkTelemetry(values: Values, context: z.RefinementCtx): void {
  const { MAILFLEET_METRICS_HOST: host, MAILFLEET_METRICS_PORT: port } = values
  const isLocal = loopback.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
  if (port === null || isLocal || tokenOf(values) !== null) return
  context.addIssue({
    code: 'custom',
    path: ['MAILFLEET_METRICS_TOKEN'],
    message: 'must be set unless MAILFLEET_METRICS_HOST is a loopback address',
  })
}

export const telemetryOf = (values: Values): TelemetrySettings => ({
  metricsHost: values.MAILFLEET_METRICS_HOST,
  metricsPort: values.MAILFLEET_METRICS_PORT,
  metricsToken: tokenOf(values),
})
