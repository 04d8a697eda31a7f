/**
 * The options of `npm start`, each by flag and by environment; the flag wins. This table is also what `--help` prints.
 */
import { parseArgs } from 'node:util'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { UserError } from './user-error.mjs'
import { isReachableByOthers, repositoryRoot } from './places.mjs'

const port = (text) => {
  if (/^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535) return Number(text)
  throw new Error('must be a port number from 1 to 65535')
}
const mailPort = (text) => (text === 'off' ? 'off' : port(text))
const string = (text) => text
const folder = (text) => {
  const path = text.startsWith('~/') ? join(homedir(), text.slice(2)) : text
  return isAbsolute(path) ? path : resolve(process.env.INIT_CWD ?? process.cwd(), path)
}
const pattern = (regex, what) => (text) => {
  if (regex.test(text)) return text
  throw new Error(what)
}
const hostName = pattern(
  /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/i,
  'must be a host name',
)
const email = pattern(/^[^\s@]+@[^\s@]+$/, 'must be an e-mail address')
const address = pattern(/^[0-9a-f.:]+$/i, 'must be an IP address')
const postgresUrl = pattern(/^postgres(ql)?:\/\//, 'must begin with postgres://')
const password = (text) => {
  if (text.length >= 12 && text.length <= 256) return text
  throw new Error('must have 12 to 256 characters')
}

/** Root may keep its clone where the database's own user cannot go; the data then lives where that user can. */
const defaultDataDir = () =>
  process.getuid?.() === 0 && !isReachableByOthers(repositoryRoot) ? '/var/lib/mailfleet' : join(repositoryRoot, 'data')

/** name → { env, default, parse, help, group } */
const table = {
  'data-dir': {
    env: 'MAILFLEET_DATA_DIR',
    default: defaultDataDir,
    parse: folder,
    help: 'folder that holds all state',
  },
  bind: {
    env: 'MAILFLEET_BIND_ADDRESS',
    default: '127.0.0.1',
    parse: address,
    help: 'address that all ports listen on',
  },
  'host-name': {
    env: 'MAILFLEET_HOST_NAME',
    default: 'mail.localhost',
    parse: hostName,
    help: 'public host name of this machine',
  },
  'public-url': {
    env: 'MAILFLEET_PUBLIC_URL',
    parse: string,
    help: 'address of the console as browsers see it (behind a proxy)',
  },
  'admin-email': {
    env: 'MAILFLEET_ADMIN_EMAIL',
    default: 'admin@mail.localhost',
    parse: email,
    help: "first administrator's e-mail",
  },
  'admin-password': { env: 'MAILFLEET_ADMIN_PASSWORD', parse: password, help: 'and password; generated when absent' },
  'database-url': {
    env: 'DATABASE_URL',
    parse: postgresUrl,
    help: 'use this PostgreSQL (14 or newer) instead of the embedded one',
  },
  'master-key-file': {
    env: 'MAILFLEET_MASTER_KEY_FILE',
    parse: folder,
    help: 'key that secrets are sealed with; made in the data folder when absent',
  },
  'postgres-port': { env: 'MAILFLEET_POSTGRES_PORT', default: '54380', parse: port, help: 'embedded PostgreSQL' },
  'http-port': { env: 'MAILFLEET_HTTP_PORT', default: '8480', parse: port, help: 'console and API' },
  'smtp-port': { env: 'MAILFLEET_SMTP_PORT', default: '2525', parse: mailPort, help: 'SMTP for incoming mail (MX)' },
  'submission-port': {
    env: 'MAILFLEET_SUBMISSION_PORT',
    default: '2587',
    parse: mailPort,
    help: 'submission with STARTTLS',
  },
  'submissions-port': {
    env: 'MAILFLEET_SUBMISSIONS_PORT',
    default: '2465',
    parse: mailPort,
    help: 'submission with implicit TLS',
  },
  'imap-port': { env: 'MAILFLEET_IMAP_PORT', default: '2143', parse: mailPort, help: 'IMAP with STARTTLS' },
  'imaps-port': { env: 'MAILFLEET_IMAPS_PORT', default: '2993', parse: mailPort, help: 'IMAP with implicit TLS' },
  'pop3-port': { env: 'MAILFLEET_POP3_PORT', default: '2110', parse: mailPort, help: 'POP3 with STLS' },
  'pop3s-port': { env: 'MAILFLEET_POP3S_PORT', default: '2995', parse: mailPort, help: 'POP3 with implicit TLS' },
  'tls-cert': {
    env: 'MAILFLEET_TLS_CERT',
    parse: folder,
    help: 'certificate chain (PEM) of the mail ports; generated when absent',
  },
  'tls-key': { env: 'MAILFLEET_TLS_KEY', parse: folder, help: 'and its private key (PEM)' },
  'dns-servers': {
    env: 'MAILFLEET_DNS_SERVERS',
    parse: string,
    help: 'resolvers for outgoing mail, comma-separated; the system’s when absent',
  },
  'outbound-port': { env: 'MAILFLEET_OUTBOUND_PORT', default: '25', parse: port, help: "port of other hosts' SMTP" },
}
export const portOptions = Object.keys(table).filter((name) => name.endsWith('-port') && name !== 'outbound-port')

/** Parsed options by camel-case name; throws a UserError that names the flag. */
export function readOptions(args, env = process.env) {
  const flags = Object.fromEntries(Object.keys(table).map((name) => [name, { type: 'string' }]))
  let values
  try {
    ;({ values } = parseArgs({
      args,
      options: { ...flags, demo: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    }))
  } catch (error) {
    throw new UserError(`${error.message.split('. ')[0]}. \`npm start -- --help\` lists the options.`)
  }
  const options = { demo: values.demo ?? env.MAILFLEET_DEMO === '1', help: values.help ?? false }
  for (const [name, { env: variable, default: fallback, parse }] of Object.entries(table)) {
    const given = values[name] ?? (env[variable] || undefined)
    const text = given ?? (typeof fallback === 'function' ? fallback() : fallback)
    try {
      options[camelCase(name)] = text === undefined ? undefined : parse(text)
    } catch (error) {
      throw new UserError(`--${name} (or ${variable}) ${error.message}, not “${text}”.`)
    }
  }
  if (!options.tlsCert !== !options.tlsKey)
    throw new UserError('--tls-cert and --tls-key go together: give both or neither.')
  refuseDoublePorts(options)
  return options
}

function refuseDoublePorts(options) {
  const seen = new Map()
  for (const name of portOptions) {
    const value = options[camelCase(name)]
    if (value === 'off' || (name === 'postgres-port' && options.databaseUrl)) continue
    if (seen.has(value))
      throw new UserError(`--${name} and --${seen.get(value)} are both ${value}: give each its own port.`)
    seen.set(value, name)
  }
}

export const camelCase = (name) => name.replace(/-(.)/g, (_, letter) => letter.toUpperCase())

export function helpText() {
  const rows = Object.entries(table).map(([name, { env, default: fallback, help }]) => {
    const value = typeof fallback === 'function' ? fallback() : fallback
    return `  --${name.padEnd(17)} ${env.padEnd(27)} ${help}${value === undefined ? '' : ` [${value}]`}`
  })
  return `Runs the whole of Mailfleet on this machine: PostgreSQL, control plane, console and one mail node.

npm start -- [options]          each also by environment variable

${rows.join('\n')}
  --demo              MAILFLEET_DEMO=1            adds a reseller with customers, mailboxes and some mail
  --help                                          this text

Mail ports take “off” to stay closed. Ctrl-C stops everything.`
}
