/** Listens for POP3 clients, and ends the sessions of mailboxes that lost their right to go on. */
import type { ConfigChange } from '@mailfleet/schema'
import { StreamServer, type ClientConnection, type ProtocolServer, type StreamAddress } from '../net/index.js'
import { MailboxLocks } from './mailbox-locks.js'
import { Session, type SessionContext } from './session.js'

export type Pop3ServerDeps = Pick<SessionContext, 'store' | 'authenticator' | 'tls' | 'directory' | 'logger'>

export interface Pop3ServerOptions {
  addresses: StreamAddress[]
  maxConnections?: number
  maxConnectionsPerIp?: number
  /** From the connection to the sign-in. */
  signInTimeoutMs?: number
  /** RFC 1939 section 3: at least 10 minutes. */
  idleTimeoutMs?: number
  /** How long a session must have been silent for to lose its mailbox to another client. */
  giveWayAfterMs?: number
}

export type Pop3Server = ProtocolServer & { ports(): number[] }

const minute = 60_000

export function createPop3Server(deps: Pop3ServerDeps, options: Pop3ServerOptions): Pop3Server {
  const sessions = new Set<Session>()
  const { signInTimeoutMs = minute, idleTimeoutMs = 10 * minute } = options
  const context: SessionContext = {
    ...deps,
    locks: new MailboxLocks(options.giveWayAfterMs),
    signInTimeoutMs,
    idleTimeoutMs,
  }

  async function serve(connection: ClientConnection): Promise<void> {
    const session = new Session(context, connection)
    sessions.add(session)
    try {
      await session.run()
    } finally {
      sessions.delete(session)
    }
  }

  function review(changes: ConfigChange[]): void {
    if (!changes.some(({ key }) => /^(Mailbox|Domain|NodeSettings)\//.test(key))) return
    for (const session of sessions)
      if (!session.mayGoOn()) session.end('The mailbox was closed or its password changed')
  }

  const server = new StreamServer({
    protocol: 'pop3',
    addresses: options.addresses,
    tls: deps.tls,
    logger: deps.logger,
    serve,
    goodbye: '-ERR [SYS/TEMP] The server is shutting down\r\n',
    tooManyConnections: '-ERR [SYS/TEMP] Too many connections\r\n',
    maxConnections: options.maxConnections,
    maxConnectionsPerNetwork: options.maxConnectionsPerIp,
    idleTimeoutMs: signInTimeoutMs,
  })
  let stopReviewing = (): void => undefined
  return {
    async listen() {
      await server.listen()
      stopReviewing = deps.directory.onChange(review)
    },
    ports: () => server.ports(),
    connections: () => server.connections(),
    async close(graceMs) {
      await server.close(graceMs)
      stopReviewing()
    },
  }
}
