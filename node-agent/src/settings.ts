/** The node agent's settings, from the environment. Anything wrong with them is told in one line that names the variable. */
import { availableParallelism, hostname } from 'node:os'
import { isIP } from 'node:net'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { normalizeDomain } from '@mailfleet/schema'
import { checkTelemetry, telemetryEnvironment, telemetryOf, type TelemetrySettings } from '@mailfleet/telemetry'
import { z } from 'zod'

export class SettingsError extends Error {
  override name = 'SettingsError'
}

/** `off` is no such port, 0 any free one. */
const port = (standard: number) =>
  z
    .string()
    .regex(/^(off|\d{1,5})$/, 'must be a port number, 0 for any free one, or off')
    .transform((text) => (text === 'off' ? null : Number(text)))
    .refine((number) => number === null || number <= 65_535, 'must be at most 65535')
    .prefault(String(standard))

const path = z
  .string()
  .min(1)
  .transform((text) => resolve(text))
const pathOrNone = path.optional().transform((text) => text ?? null)
const ip = z.string().refine((text) => isIP(text) !== 0, 'must be an IP address')

/** `address`, `address:port`, or `[address]:port`, as node:dns takes it. */
const dnsServer = z.string().refine((text) => {
  const match = /^(?:\[([^\]]+)\]|([^[\]]*?))(?::(\d{1,5}))?$/.exec(text)
  return isIP(text) !== 0 || (match !== null && isIP(match[1] ?? match[2] ?? '') !== 0)
}, 'must be a list of IP addresses')

/** One core is left to what there is one of: SMTP, queue, writers. On a single core more processes only cost memory. */
const workersByCores = (): number => (availableParallelism() < 2 ? 0 : Math.min(64, availableParallelism()))

const variables = z.object({
  ...telemetryEnvironment,
  MAILFLEET_NODE_DATA: path,
  /** Of each replica, where no balancer stands in front of them. */
  MAILFLEET_CONTROL_PLANE_URL: z
    .string()
    .transform((text) => text.split(',').map((url) => url.trim()))
    .pipe(
      z
        .array(z.url({ protocol: /^https?$/, error: 'must be an http or https URL, or several with commas between' }))
        .max(32),
    )
    .prefault('http://127.0.0.1:8480'),
  MAILFLEET_JOIN_TOKEN: z.string().min(1).optional(),
  MAILFLEET_JOIN_TOKEN_FILE: path.optional(),
  MAILFLEET_HOST_NAME: z
    .string()
    .refine((name) => normalizeDomain(name) !== null, 'must be a host name')
    .optional(),
  MAILFLEET_BIND_ADDRESS: ip.prefault('127.0.0.1'),
  MAILFLEET_SMTP_PORT: port(2525),
  MAILFLEET_SUBMISSION_PORT: port(2587),
  MAILFLEET_SUBMISSIONS_PORT: port(2465),
  MAILFLEET_IMAP_PORT: port(2143),
  MAILFLEET_IMAPS_PORT: port(2993),
  MAILFLEET_POP3_PORT: port(2110),
  MAILFLEET_POP3S_PORT: port(2995),
  MAILFLEET_TLS_CERT: pathOrNone,
  MAILFLEET_TLS_KEY: pathOrNone,
  MAILFLEET_DNS_SERVERS: z
    .string()
    .transform((text) => text.split(',').map((server) => server.trim()))
    .pipe(z.array(dnsServer))
    .optional(),
  MAILFLEET_VALIDATING_DNS_SERVERS: z
    .string()
    .transform((text) => (text === 'off' ? [] : text.split(',').map((server) => server.trim())))
    .pipe(z.array(dnsServer))
    .optional(),
  MAILFLEET_TLS_REPORT_DOMAIN: z
    .string()
    .refine((name) => normalizeDomain(name) !== null, 'must be a domain')
    .optional(),
  MAILFLEET_TLS_REPORT_ORGANIZATION: z.string().max(200, 'must be at most 200 characters').optional(),
  MAILFLEET_TLS_REPORT_CONTACT: z.string().max(320, 'must be at most 320 characters').optional(),
  MAILFLEET_OUTBOUND_PORT: z
    .string()
    .regex(/^\d{1,5}$/, 'must be a port number')
    .transform(Number)
    .refine((number) => number >= 1 && number <= 65_535, 'must be from 1 to 65535')
    .prefault('25'),
  MAILFLEET_SESSION_WORKERS: z
    .string()
    .regex(/^(auto|\d{1,3})$/, 'must be a number of processes, or auto')
    .transform((text) => (text === 'auto' ? workersByCores() : Number(text)))
    .refine((number) => number <= 64, 'must be at most 64')
    .prefault('0'),
  MAILFLEET_LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).prefault('info'),
})
const environment = variables.superRefine(checkTelemetry)

export interface PortSettings {
  smtp: number | null
  submission: number | null
  submissions: number | null
  imap: number | null
  imaps: number | null
  pop3: number | null
  pop3s: number | null
}
export type PortName = keyof PortSettings

export interface Settings {
  dataFolder: string
  controlPlanes: URL[]
  /** Read when enrolment needs it; null when none is set. */
  joinToken: () => string | null
  /** The name shown until the control plane has given one. */
  hostName: string
  bindAddress: string
  ports: PortSettings
  tlsCert: string | null
  tlsKey: string | null
  dnsServers: string[] | undefined
  /** Whose word on DNSSEC counts; undefined: those of `dnsServers` that are on this machine. */
  validatingDnsServers: string[] | undefined
  /** In whose name TLS reports are sent; null: none are. */
  tlsReporter: { domain: string; organization: string; contact: string } | null
  outboundPort: number
  /** Processes that serve IMAP and POP3; below 2 the agent's own does. */
  sessionWorkers: number
  logLevel: string
  telemetry: TelemetrySettings
}

/** The variable that sets a port, for messages. */
export const portVariable = (name: PortName): string => `MAILFLEET_${name.toUpperCase()}_PORT`

export function readSettings(env: Record<string, string | undefined>): Settings {
  // An empty variable is one that is not set, as compose files and unit files have it.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const { path: where, message } = parsed.error.issues[0]!
    const name = String(where[0])
    throw new SettingsError(given[name] === undefined ? `${name} must be set` : `${name} ${message}`)
  }
  const values = parsed.data
  if ((values.MAILFLEET_TLS_CERT === null) !== (values.MAILFLEET_TLS_KEY === null)) {
    throw new SettingsError('MAILFLEET_TLS_CERT and MAILFLEET_TLS_KEY must be set together')
  }
  return {
    dataFolder: values.MAILFLEET_NODE_DATA,
    controlPlanes: values.MAILFLEET_CONTROL_PLANE_URL.map((url) => new URL(url)),
    joinToken: () => readJoinToken(values.MAILFLEET_JOIN_TOKEN, values.MAILFLEET_JOIN_TOKEN_FILE),
    hostName: normalizeDomain(values.MAILFLEET_HOST_NAME ?? hostname()) ?? 'localhost',
    bindAddress: values.MAILFLEET_BIND_ADDRESS,
    ports: {
      smtp: values.MAILFLEET_SMTP_PORT,
      submission: values.MAILFLEET_SUBMISSION_PORT,
      submissions: values.MAILFLEET_SUBMISSIONS_PORT,
      imap: values.MAILFLEET_IMAP_PORT,
      imaps: values.MAILFLEET_IMAPS_PORT,
      pop3: values.MAILFLEET_POP3_PORT,
      pop3s: values.MAILFLEET_POP3S_PORT,
    },
    tlsCert: values.MAILFLEET_TLS_CERT,
    tlsKey: values.MAILFLEET_TLS_KEY,
    dnsServers: values.MAILFLEET_DNS_SERVERS,
    tlsReporter: tlsReporterOf(values),
    validatingDnsServers: values.MAILFLEET_VALIDATING_DNS_SERVERS,
    outboundPort: values.MAILFLEET_OUTBOUND_PORT,
    sessionWorkers: values.MAILFLEET_SESSION_WORKERS,
    logLevel: values.MAILFLEET_LOG_LEVEL,
    telemetry: telemetryOf(values),
  }
}

function readJoinToken(token: string | undefined, file: string | undefined): string | null {
  if (token !== undefined) return token
  if (file === undefined) return null
  try {
    return readFileSync(file, 'utf8').trim() || null
  } catch (error) {
    throw new SettingsError(`MAILFLEET_JOIN_TOKEN_FILE cannot be read: ${(error as Error).message}`)
  }
}

function tlsReporterOf(values: z.infer<typeof environment>): Settings['tlsReporter'] {
  const domain = normalizeDomain(values.MAILFLEET_TLS_REPORT_DOMAIN ?? '')
  if (domain === null) return null
  const { MAILFLEET_TLS_REPORT_ORGANIZATION: organization, MAILFLEET_TLS_REPORT_CONTACT: contact } = values
  return { domain, organization: organization ?? domain, contact: contact ?? `postmaster@${domain}` }
}
