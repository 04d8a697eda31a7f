/** What the environment sets. Anything wrong ends the process at start, with a message that names the variable. */
import { isIP } from 'node:net'
import { checkTelemetry, telemetryEnvironment, telemetryOf, type TelemetrySettings } from '@mailfleet/telemetry'
import { z } from 'zod'
import { normalRange } from './http/ip-ranges.js'
import type { DnsSettings } from './dns/index.js'

/** As node:dns takes it. */
const dnsServer = z.string().refine((text) => {
  const [, bracketed, bare] = /^(?:\[([^\]]+)\]|([^[\]]*?))(?::\d{1,5})?$/.exec(text) ?? []
  return isIP(text) !== 0 || isIP(bracketed ?? bare ?? '') !== 0
}, 'must be a list of IP addresses')

/** A list of CIDR ranges, in normal form. */
const networks = z.string().transform((text, context) =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((part) => {
      const range = normalRange(part)
      if (range === null) context.addIssue(`${part} is no network in CIDR notation`)
      return range ?? ''
    }),
)

const variables = z.object({
  ...telemetryEnvironment,
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }),
  MAILFLEET_HTTP_HOST: z.string().min(1).default('127.0.0.1'),
  MAILFLEET_HTTP_PORT: z.coerce.number().int().min(0).max(65_535).default(8480),
  MAILFLEET_PUBLIC_URL: z.url({ protocol: /^https?$/ }).optional(),
  MAILFLEET_CONSOLE_DIR: z.string().min(1).optional(),
  MAILFLEET_LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
  MAILFLEET_MASTER_KEY: z.string().optional(),
  MAILFLEET_MASTER_KEY_FILE: z.string().optional(),
  MAILFLEET_DATABASE_POOL: z.coerce.number().int().min(2).max(100).default(4),
  /** Express' `trust proxy`: how many proxies in front may be believed about the client's address. */
  MAILFLEET_TRUSTED_PROXIES: z.coerce.number().int().min(0).max(10).default(0),
  /** Points of cost (docs/api.md) that one viewer may ask for a minute, of each replica; 0 is without bound. */
  MAILFLEET_REQUEST_BUDGET: z.coerce.number().int().min(0).default(600_000),
  MAILFLEET_OUTBOUND_NETWORKS: networks.default([]),
  /** `address`, `address:port` or `[address]:port`, with commas between; the system's when absent. */
  MAILFLEET_DNS_SERVERS: z
    .string()
    .transform((text) => text.split(',').map((server) => server.trim()))
    .pipe(z.array(dnsServer).max(16))
    .optional(),
  /** Whether the DNS of all domains is looked at from time to time, or only when somebody asks. */
  MAILFLEET_DNS_CHECKS: z.enum(['on', 'off']).default('on'),
  /** Who answers mail clients that ask for their configuration under the domains' own names. */
  MAILFLEET_AUTOCONFIG_HOST: z
    .string()
    .regex(/^[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'must be a host name in lower case')
    .optional(),
  /** Of one question to one server. */
  MAILFLEET_DNS_TIMEOUT_MS: z.coerce.number().int().min(100).max(30_000).default(2_000),
})
const environment = variables.superRefine(checkTelemetry)

export interface Settings {
  databaseUrl: string
  databasePool: number
  httpHost: string
  /** 0 takes a free port. */
  httpPort: number
  /** One of both must be there to serve; see platform/secrets/master-keys.ts. */
  masterKey: string | null
  masterKeyFile: string | null
  /** Without a final slash; null: the address that is listened on. */
  publicUrl: string | null
  consoleDir: string | null
  logLevel: string
  trustedProxies: number
  requestBudget: number
  /** Inner networks that may be reached at addresses which administrators type in (platform/http/outbound.ts). */
  outboundNetworks: string[]
  dns: DnsSettings & { periodicChecks: boolean; autoconfigHost: string | null }
  telemetry: TelemetrySettings
}

export function readSettings(env: NodeJS.ProcessEnv): Settings {
  // An empty variable is an absent one.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = environment.safeParse(given)
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
    throw new Error(`wrong settings: ${problems.join('; ')}`)
  }
  const { data } = parsed
  return {
    databaseUrl: data.DATABASE_URL,
    databasePool: data.MAILFLEET_DATABASE_POOL,
    httpHost: data.MAILFLEET_HTTP_HOST,
    httpPort: data.MAILFLEET_HTTP_PORT,
    masterKey: data.MAILFLEET_MASTER_KEY ?? null,
    masterKeyFile: data.MAILFLEET_MASTER_KEY_FILE ?? null,
    publicUrl: data.MAILFLEET_PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    consoleDir: data.MAILFLEET_CONSOLE_DIR ?? null,
    logLevel: data.MAILFLEET_LOG_LEVEL,
    trustedProxies: data.MAILFLEET_TRUSTED_PROXIES,
    requestBudget: data.MAILFLEET_REQUEST_BUDGET,
    outboundNetworks: data.MAILFLEET_OUTBOUND_NETWORKS,
    dns: {
      servers: data.MAILFLEET_DNS_SERVERS ?? [],
      timeoutMs: data.MAILFLEET_DNS_TIMEOUT_MS,
      periodicChecks: data.MAILFLEET_DNS_CHECKS === 'on',
      autoconfigHost: data.MAILFLEET_AUTOCONFIG_HOST ?? null,
    },
    telemetry: telemetryOf(data),
  }
}
