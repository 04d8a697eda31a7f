export { ClientConnection } from './client-connection.js'
export * from './errors.js'
export type { ListenAddress, ProtocolServer } from './protocol-server.js'
export { StreamServer, type StreamAddress, type StreamServerOptions } from './stream-server.js'
