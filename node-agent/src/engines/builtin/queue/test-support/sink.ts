/** A next hop on loopback, on smtp-server as a foreign implementation, that answers as the test says. */
import { SMTPServer } from 'smtp-server'
import type { SMTPServerOptions } from 'smtp-server'

interface SunkMessage {
  from: string
  to: string[]
  text: string
  secure: boolean
}

export interface Sink {
  port: number
  messages: SunkMessage[]
  /** Connections so far. */
  sessions: number
  close(): Promise<void>
}

export interface SinkScript {
  host?: string
  port?: number
  options?: SMTPServerOptions
  /** An error with `responseCode` refuses; `drop` cuts the connection. */
  onRcpt?(address: string): Error | 'drop' | null
  onMessage?(message: SunkMessage, count: number): Error | 'drop' | null
}

export const reply = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })

export async function startSink({ host = '127.0.0.1', port = 0, options, ...script }: SinkScript = {}): Promise<Sink> {
  const sink: Sink = { port: 0, messages: [], sessions: 0, close: () => Promise.resolve() }
  let count = 0
  const drop = (id: string): void => {
    for (const connection of server.connections) if (connection.id === id) connection._socket.destroy()
  }
  const server = new SMTPServer({
    logger: false,
    authOptional: true,
    disableReverseLookup: true,
    hideSTARTTLS: true,
    onConnect(_session, callback) {
      sink.sessions++
      callback()
    },
    onRcptTo({ address }, session, callback) {
      const verdict = script.onRcpt?.(address) ?? null
      if (verdict === 'drop') drop(session.id)
      else callback(verdict)
    },
    onData(stream, session, callback) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        const { mailFrom, rcptTo } = session.envelope
        const from = mailFrom ? mailFrom.address : ''
        const text = Buffer.concat(chunks).toString('latin1')
        const message = { from, to: rcptTo.map(({ address }) => address), text, secure: session.secure }
        const verdict = script.onMessage?.(message, ++count) ?? null
        if (verdict === 'drop') return drop(session.id)
        if (verdict === null) sink.messages.push(message)
        callback(verdict)
      })
    },
    ...options,
  })
  server.on('error', () => undefined)
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(port, host, resolve)
  })
  sink.port = (server.server.address() as { port: number }).port
  sink.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const connection of server.connections) connection._socket.destroy()
    })
  return sink
}
