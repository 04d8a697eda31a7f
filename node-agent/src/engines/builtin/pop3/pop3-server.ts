/** POP3 as the network runs it, whichever process accepts the connections; and a server that does both in this one. */
import { mayEndSessions } from '../accounts/index.js'
import type { ConfigChange } from '@mailfleet/schema'
import type { EventSink } from '../../../events/event-sink.js'
import { sessionEvents } from '../../../events/session-events.js'
import {
  StreamServer,
  type ClientConnection,
  type ProtocolServer,
  type ProtocolTexts,
  type StreamAddress,
  type StreamProtocol,
} from '../net/index.js'
import { createLocalLocks, type MailboxLocks } from './mailbox-locks.js'
import { Session, type SessionContext } from './session.js'

export type Pop3ServerDeps = Pick<SessionContext, 'store' | 'authenticator' | 'tls' | 'directory' | 'logger'> & {
  events: EventSink
}

export interface Pop3ProtocolOptions {
  /** From the connection to the sign-in. */
  signInTimeoutMs?: number
  /** RFC 1939 section 3: at least 10 minutes. */
  idleTimeoutMs?: number
  /** How long a session must have been silent for to lose its mailbox to another client. */
  giveWayAfterMs?: number
}

export interface Pop3ServerOptions extends Pop3ProtocolOptions {
  addresses: StreamAddress[]
  maxConnections?: number
  maxConnectionsPerIp?: number
}

export type Pop3Server = ProtocolServer & { ports(): number[] }

const minute = 60_000

export const pop3Texts: ProtocolTexts = {
  name: 'pop3',
  goodbye: '-ERR [SYS/TEMP] The server is shutting down\r\n',
  tooManyConnections: '-ERR [SYS/TEMP] Too many connections\r\n',
}

export function createPop3Protocol(
  deps: Pop3ServerDeps & { locks: MailboxLocks },
  options: Pop3ProtocolOptions = {},
): StreamProtocol {
  const sessions = new Set<Session>()
  const { signInTimeoutMs = minute, idleTimeoutMs = 10 * minute } = options
  const { giveWayAfterMs = minute } = options
  const context: SessionContext = { ...deps, signInTimeoutMs, idleTimeoutMs, giveWayAfterMs }

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
    if (!changes.some(({ key }) => mayEndSessions(key))) return
    for (const session of sessions)
      if (!session.mayGoOn()) session.end('The mailbox was closed or its password changed')
  }

  return {
    ...pop3Texts,
    ended: sessionEvents(deps.events, 'POP3'),
    idleTimeoutMs: signInTimeoutMs,
    serve,
    // Ends the sessions of mailboxes that lost their right to go on.
    follow: () => deps.directory.onChange(review),
  }
}

export function createPop3Server(deps: Pop3ServerDeps, options: Pop3ServerOptions): Pop3Server {
  const { addresses, maxConnections, maxConnectionsPerIp, ...protocolOptions } = options
  return new StreamServer(createPop3Protocol({ ...deps, locks: createLocalLocks() }, protocolOptions), {
    addresses,
    tls: deps.tls,
    logger: deps.logger,
    maxConnections,
    maxConnectionsPerNetwork: maxConnectionsPerIp,
  })
}
