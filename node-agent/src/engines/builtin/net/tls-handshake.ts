/** TLS handshakes, of either side, on a socket that is open already: for implicit TLS and STARTTLS alike. */
import type { Socket } from 'node:net'
import { connect, TLSSocket } from 'node:tls'
import type { ConnectionOptions } from 'node:tls'
import type { TlsProvider } from '../tls/tls-provider.js'
import { TlsHandshakeError } from './errors.js'

/** Takes the socket over; on failure it is destroyed. */
export const serverHandshake = (socket: Socket, provider: TlsProvider, timeoutMs: number): Promise<TLSSocket> =>
  handshake(socket, 'secure', timeoutMs, () => {
    const tls = new TLSSocket(socket, {
      isServer: true,
      secureContext: provider.secureContext(),
      SNICallback: (serverName, done) => {
        try {
          done(null, provider.secureContext(serverName))
        } catch (error) {
          done(error as Error)
        }
      },
    })
    // Renegotiation is of no use to mail clients, and makes a server work for nothing.
    tls.disableRenegotiation()
    return tls
  })

/** Takes the socket over; on failure, such as a certificate that `options` do not let pass, it is destroyed. */
export const clientHandshake = (socket: Socket, options: ConnectionOptions, timeoutMs: number): Promise<TLSSocket> =>
  handshake(socket, 'secureConnect', timeoutMs, () => connect({ ...options, socket }))

function handshake(
  socket: Socket,
  done: 'secure' | 'secureConnect',
  timeoutMs: number,
  begin: () => TLSSocket,
): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    let tls: TLSSocket
    try {
      tls = begin()
    } catch (error) {
      socket.destroy()
      return reject(new TlsHandshakeError((error as Error).message))
    }
    let settled = false
    const settle = (failure: string | null): void => {
      if (settled) return
      settled = true
      clearTimeout(timer)
      tls.off(done, onSecure)
      if (failure === null) return resolve(tls)
      tls.destroy()
      socket.destroy()
      reject(new TlsHandshakeError(failure))
    }
    const onSecure = (): void => settle(null)
    const timer = setTimeout(() => settle('the handshake took too long'), timeoutMs)
    tls.once(done, onSecure)
    tls.on('_tlsError', (error: Error) => settle(error.message))
    // Stays for ever: an 'error' without a listener would end the process.
    tls.on('error', (error) => settle(error.message))
    tls.once('close', () => settle('the other side left during the handshake'))
  })
}
