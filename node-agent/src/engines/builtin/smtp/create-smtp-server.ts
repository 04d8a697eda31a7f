/** The node's SMTP server: MX, submission with STARTTLS and submission with implicit TLS, each on any number of addresses. */
import {
  StreamServer,
  type ClientConnection,
  type ListenAddress,
  type ProtocolServer,
  type StreamProtocol,
} from '../net/index.js'
import { sessionEvents } from '../../../events/session-events.js'
import { PerMinute } from '../net/per-minute.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { prepareSpoolFolder } from './content-spool.js'
import { Session, type Role, type SessionContext } from './session.js'
import { SessionHandlers, type SessionDeps } from './session-handlers.js'

export type SmtpServerDeps = Omit<SessionDeps, 'spoolFolder' | 'refusals'> & { tls: TlsProvider }

export interface SmtpServerOptions {
  mx: ListenAddress[]
  /** STARTTLS, RFC 6409. */
  submission: ListenAddress[]
  /** TLS from the first octet, RFC 8314. */
  submissions: ListenAddress[]
  /** For messages that are too large for memory, while they come in. Ours alone: what is left there is removed at the start. */
  spoolFolder: string
  /** Of MX, and of both kinds of submission together. */
  maxConnections?: number
  maxConnectionsPerNetwork?: number
  /** RFC 5321 section 4.5.3.2.7: at least five minutes. */
  idleTimeoutMs?: number
}

export type SmtpPorts = Record<'mx' | 'submission' | 'submissions', number[]>

export function createSmtpServer(
  deps: SmtpServerDeps,
  options: SmtpServerOptions,
): ProtocolServer & { ports(): SmtpPorts } {
  const { maxConnections = 2_000, maxConnectionsPerNetwork = 250, idleTimeoutMs = 300_000 } = options
  const sessionDeps: SessionDeps = { ...deps, spoolFolder: options.spoolFolder, refusals: new PerMinute(Date.now) }
  const serverFor = (role: Role, addresses: { address: ListenAddress; implicitTls: boolean }[]): StreamServer =>
    new StreamServer(smtpProtocol(sessionDeps, deps.tls, role, idleTimeoutMs), {
      addresses: addresses.map(({ address, implicitTls }) => ({ ...address, implicitTls })),
      tls: deps.tls,
      logger: deps.logger,
      maxConnections,
      maxConnectionsPerNetwork,
    })
  const plain = (address: ListenAddress) => ({ address, implicitTls: false })
  const mx = serverFor('mx', options.mx.map(plain))
  const submission = serverFor('submission', [
    ...options.submission.map(plain),
    ...options.submissions.map((address) => ({ address, implicitTls: true })),
  ])
  const servers = [mx, submission]
  let closing: Promise<void> | null = null
  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(servers.map((server) => server.close(graceMs)))
  }

  return {
    async listen() {
      await prepareSpoolFolder(options.spoolFolder)
      try {
        for (const server of servers) await server.listen()
      } catch (error) {
        await close(0)
        throw error
      }
    },
    connections: () => servers.reduce((sum, server) => sum + server.connections(), 0),
    close: (graceMs) => (closing ??= close(graceMs)),
    ports() {
      const ports = submission.ports()
      const implicit = options.submission.length
      return { mx: mx.ports(), submission: ports.slice(0, implicit), submissions: ports.slice(implicit) }
    },
  }
}

function smtpProtocol(deps: SessionDeps, tls: TlsProvider, role: Role, idleTimeoutMs: number): StreamProtocol {
  const { directory, logger } = deps
  const context: SessionContext = {
    role,
    tls,
    logger,
    hostName: () => directory.settings().hostName,
    maxMessageBytes: () => directory.settings().maxMessageBytes,
    maxRecipients: () => directory.settings().maxRecipients,
  }
  const sessions = new Map<ClientConnection, Session>()
  return {
    ended: sessionEvents(deps.events, role === 'mx' ? 'SMTP' : 'SUBMISSION'),
    name: role === 'mx' ? 'smtp' : 'submission',
    goodbye: '421 4.3.2 Shutting down\r\n',
    tooManyConnections: '421 4.7.0 Too many connections from your address\r\n',
    idleTimeoutMs,
    async serve(connection) {
      const session = new Session(context, connection, new SessionHandlers(deps, role, connection.remoteIp))
      sessions.set(connection, session)
      try {
        await session.run()
      } finally {
        sessions.delete(connection)
      }
    },
    end: (connection) => sessions.get(connection)?.endSoon(),
    // Whether an account may go on is asked at each transaction.
    follow: () => () => undefined,
  }
}
