/** A TLS connection of the load generator, from a source address of choice, since servers bound connections by address. */
import { once } from 'node:events'
import { connect } from 'node:tls'

/** Full handshakes: no session is resumed. */
export async function openSocket(port, localAddress = '127.0.0.1') {
  const socket = connect({ port, host: '127.0.0.1', localAddress, rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  socket.setNoDelay(true)
  return socket
}
