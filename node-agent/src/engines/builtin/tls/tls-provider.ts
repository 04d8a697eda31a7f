/** The certificate that the node shows: the operator's files, else one it made itself. */
import type { SecureContext } from 'node:tls'

export interface TlsProvider {
  /** Follows renewed files without a restart; ask at each handshake. */
  secureContext(serverName?: string): SecureContext
}
