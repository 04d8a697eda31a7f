/** IMAP as the network runs it, whichever process accepts the connections; and a server that does both in this one. */
import { tmpdir } from 'node:os'
import type { ConfigChange } from '@mailfleet/schema'
import type { Logger } from 'pino'
import type { Directory } from '../../../config/directory.js'
import type { EventSink } from '../../../events/event-sink.js'
import { sessionEvents } from '../../../events/session-events.js'
import type { Authenticator } from '../accounts/authenticator.js'
import { mayEndSessions } from '../accounts/index.js'
import {
  StreamServer,
  type ClientConnection,
  type ProtocolServer,
  type ProtocolTexts,
  type StreamAddress,
  type StreamProtocol,
} from '../net/index.js'
import type { MailStore } from '../store/mail-store.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { capabilities } from './capabilities.js'
import { StructureCache } from './fetch/message-structure.js'
import { RecentMessages } from './recent-messages.js'
import { BodySearchSlots } from './search/body-search-slots.js'
import { SummaryIndex } from './search/summary-index.js'
import { SessionLoop } from './session-loop.js'
import { Session, type SessionContext } from './session.js'

export interface ImapServerDeps {
  store: MailStore
  /** Reports sign-ins, wanted and refused, as mail events. */
  authenticator: Authenticator
  tls: TlsProvider
  directory: Directory
  events: EventSink
  logger: Logger
}

export interface ImapProtocolOptions {
  /** From the connection to the sign-in. */
  signInTimeoutMs?: number
  /** RFC 3501 section 5.4: at least 30 minutes. */
  idleTimeoutMs?: number
  /** RFC 9585: how often a command that takes long says so. */
  progressIntervalMs?: number
  /** Where large messages wait for the store; made by its owner. */
  spoolDirectory?: string
  /** Sessions that search bodies at the same time. */
  bodySearches?: number
}

export interface ImapServerOptions extends ImapProtocolOptions {
  addresses: StreamAddress[]
  maxConnections?: number
  maxConnectionsPerIp?: number
}

export type ImapServer = ProtocolServer & { ports(): number[] }

const minute = 60_000

export const imapTexts: ProtocolTexts = {
  name: 'imap',
  goodbye: '* BYE The server is shutting down\r\n',
  tooManyConnections: '* BYE [UNAVAILABLE] Too many connections\r\n',
}

export function createImapProtocol(deps: ImapServerDeps, options: ImapProtocolOptions): StreamProtocol {
  const sessions = new Set<Session>()
  const context: SessionContext = {
    ...deps,
    capabilities,
    structures: new StructureCache(),
    recentMessages: new RecentMessages(),
    bodySearches: new BodySearchSlots(options.bodySearches ?? 2),
    summaries: new SummaryIndex(deps.store),
    spoolDirectory: options.spoolDirectory ?? tmpdir(),
    signInTimeoutMs: options.signInTimeoutMs ?? minute,
    idleTimeoutMs: options.idleTimeoutMs ?? 30 * minute,
    progressIntervalMs: options.progressIntervalMs ?? 10_000,
  }

  async function serve(connection: ClientConnection): Promise<void> {
    const session = new Session(context, connection)
    sessions.add(session)
    try {
      await new SessionLoop(session).run()
    } finally {
      sessions.delete(session)
    }
  }

  function review(changes: ConfigChange[]): void {
    if (!changes.some(({ key }) => mayEndSessions(key))) return
    for (const session of sessions)
      if (session.checkAccount()) session.touchForeign()
      else session.end('The account was closed or its password changed')
  }

  return {
    ...imapTexts,
    ended: sessionEvents(deps.events, 'IMAP'),
    idleTimeoutMs: context.idleTimeoutMs,
    serve,
    // Ends the sessions of accounts that lost their right to go on.
    follow: () => deps.directory.onChange(review),
  }
}

export function createImapServer(deps: ImapServerDeps, options: ImapServerOptions): ImapServer {
  const { addresses, maxConnections, maxConnectionsPerIp, ...protocolOptions } = options
  return new StreamServer(createImapProtocol(deps, protocolOptions), {
    addresses,
    tls: deps.tls,
    logger: deps.logger,
    maxConnections,
    maxConnectionsPerNetwork: maxConnectionsPerIp,
  })
}
