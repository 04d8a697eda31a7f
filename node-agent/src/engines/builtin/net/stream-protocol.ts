/** A line protocol as the network sees it: whoever accepts a connection, in this process or another, this runs on it. */
import type { ClientConnection, ConnectionLimits } from './client-connection.js'

/** What whoever listens must know of a protocol. */
export interface ProtocolTexts {
  /** For the log. */
  name: string
  /** The protocol's last words at shut-down, as a whole line with CRLF. */
  goodbye: string
  /** The words for a client above the limits, as a whole line with CRLF. Not said where TLS would come first. */
  tooManyConnections: string
}

export interface StreamProtocol extends ProtocolTexts, Partial<ConnectionLimits> {
  /** Runs the session; the connection is closed when it settles. */
  serve(connection: ClientConnection): Promise<void>
  /** A session has ended, in whatever way. */
  ended?(connection: ClientConnection, durationMs: number): void
  /** Asks a session to end soon, for shut-down. Without it, its reads end as if the client had left. */
  end?(connection: ClientConnection): void
  /** From now on ends the sessions of accounts that lose their right to go on. Returns the end of it. */
  follow(): () => void
}
