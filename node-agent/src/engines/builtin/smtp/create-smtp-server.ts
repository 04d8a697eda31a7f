/** The node's SMTP server: MX, submission with STARTTLS and submission with implicit TLS, each on any number of addresses. */
import type { SMTPServerOptions } from 'smtp-server'
import type { ListenAddress, ProtocolServer } from '../net/protocol-server.js'
import { PerMinute } from '../net/per-minute.js'
import type { TlsProvider } from '../tls/tls-provider.js'
import { ConnectionCounts } from './connection-counts.js'
import { prepareSpoolFolder } from './content-spool.js'
import { Listener } from './listener.js'
import { SessionHandlers } from './session-handlers.js'
import type { SessionDeps } from './session-handlers.js'

export type SmtpServerDeps = Omit<SessionDeps, 'spoolFolder' | 'refusals'> & { tls: TlsProvider }

export interface SmtpServerOptions {
  mx: ListenAddress[]
  /** STARTTLS, RFC 6409. */
  submission: ListenAddress[]
  /** TLS from the first octet, RFC 8314. */
  submissions: ListenAddress[]
  /** For messages that are too large for memory, while they come in. Ours alone: what is left there is removed at the start. */
  spoolFolder: string
  maxConnections?: number
  maxConnectionsPerNetwork?: number
  /** RFC 5321 section 4.5.3.2.7: at least five minutes. */
  idleTimeoutMs?: number
}

type Kind = 'mx' | 'submission' | 'submissions'
export type SmtpPorts = Record<Kind, number[]>

export function createSmtpServer(
  deps: SmtpServerDeps,
  options: SmtpServerOptions,
): ProtocolServer & { ports(): SmtpPorts } {
  const { maxConnections = 2_000, maxConnectionsPerNetwork = 250, idleTimeoutMs = 300_000 } = options
  const sessionDeps: SessionDeps = {
    ...deps,
    spoolFolder: options.spoolFolder,
    refusals: new PerMinute(Date.now),
  }
  const counts = new ConnectionCounts(maxConnectionsPerNetwork)
  const listeners: { kind: Kind; listener: Listener }[] = []
  let closing: Promise<void> | null = null

  const create = (kind: Kind): Listener => {
    const handlers = new SessionHandlers(sessionDeps, kind === 'mx' ? 'mx' : 'submission')
    const { onConnect, onAuth, onMailFrom, onRcptTo, onData } = handlers
    const unwanted = ['WIZ', 'SHELL', 'KILL', 'XCLIENT', 'XFORWARD', 'LHLO', ...(kind === 'mx' ? ['AUTH'] : [])]
    const settings: SMTPServerOptions = {
      get name() {
        return deps.directory.settings().hostName
      },
      get size() {
        return deps.directory.settings().maxMessageBytes
      },
      get maxRecipients() {
        return deps.directory.settings().maxRecipients
      },
      secure: kind === 'submissions',
      authOptional: kind === 'mx',
      authRequiredMessage: '5.7.0 Sign in first',
      authMethods: ['PLAIN', 'LOGIN'],
      disabledCommands: unwanted,
      disableReverseLookup: true,
      hideENHANCEDSTATUSCODES: false,
      heloResponse: '%s',
      logger: false,
      maxClients: maxConnections,
      socketTimeout: idleTimeoutMs,
      onConnect,
      onAuth,
      onMailFrom,
      onRcptTo,
      onData,
    }
    return new Listener(settings, counts, deps.tls, handlers.sasl)
  }

  const close = async (graceMs: number): Promise<void> => {
    await Promise.all(listeners.map(({ listener }) => listener.shutDown(graceMs)))
  }

  return {
    async listen() {
      await prepareSpoolFolder(options.spoolFolder)
      try {
        for (const kind of ['mx', 'submission', 'submissions'] as const) {
          for (const address of options[kind]) {
            const listener = create(kind)
            await listener.open(address)
            listeners.push({ kind, listener })
          }
        }
      } catch (error) {
        await close(0)
        listeners.length = 0
        throw error
      }
    },
    connections: () => listeners.reduce((sum, { listener }) => sum + listener.connections.size, 0),
    close: (graceMs) => (closing ??= close(graceMs)),
    ports() {
      const ports: SmtpPorts = { mx: [], submission: [], submissions: [] }
      for (const { kind, listener } of listeners) ports[kind].push(listener.port)
      return ports
    },
  }
}
