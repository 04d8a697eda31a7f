/**
 * One mail transaction with one host, on nodemailer's client. Every recipient gets an outcome of its own; whatever happens on the way
 * ends in one, so that callers need not tell errors apart.
 */
import { isIP } from 'node:net'
import type { TLSSocket } from 'node:tls'
import SmtpConnection from 'nodemailer/lib/smtp-connection'
import type { BodySource } from './body-store.js'
import type { NextHop } from './next-hops.js'
import { deferred, failed, outcomeOfReply } from './outcome.js'
import type { Outcome } from './outcome.js'

export interface ClientTimeouts {
  connect: number
  greeting: number
  /** Idle time within the session; RFC 5321 section 4.5.3.2 wants up to ten minutes for the reply to DATA. */
  idle: number
}
export const standardTimeouts: ClientTimeouts = { connect: 30_000, greeting: 60_000, idle: 600_000 }

export interface OutgoingMessage {
  reversePath: string
  recipients: string[]
  size: number
  body: BodySource
}

/**
 * `unreachable`: no session came about, so that another host may be tried. `unsecured`: it failed at STARTTLS, so that the same host
 * may be tried in the clear if the route allows it.
 */
export type ClientResult =
  | { type: 'unreachable'; outcome: Outcome }
  | { type: 'unsecured'; outcome: Outcome }
  | { type: 'answered'; outcomes: Map<string, Outcome> }

type ClientError = Error & { code?: string; response?: string; recipient?: string }

/** What the client knows and its types do not tell. */
interface Internals {
  _supportedExtensions: string[]
  _maxAllowedSize: number
  _envelope: false | { rejectedErrors: ClientError[] }
}

/** A remote host may say that much in one reply. */
const maxResponseSize = 32 * 1024

export async function transmit(
  hop: NextHop,
  message: OutgoingMessage,
  heloName: string,
  timeouts: ClientTimeouts,
  signal: AbortSignal,
): Promise<ClientResult> {
  const connection = new SmtpConnection({
    host: hop.address,
    port: hop.port,
    secure: false,
    name: heloName,
    ignoreTLS: hop.tls === 'NONE',
    requireTLS: hop.tls === 'REQUIRED',
    tls: {
      ...(isIP(hop.host) === 0 && { servername: hop.host }),
      rejectUnauthorized: hop.tls === 'REQUIRED',
      minVersion: 'TLSv1.2',
    },
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.greeting,
    socketTimeout: timeouts.idle,
    maxResponseSize,
    // Addresses are resolved already; the loopback of a test or of a neighbour process counts as reachable.
    allowInternalNetworkInterfaces: true,
  })
  const abort = (): void => connection.close()
  signal.addEventListener('abort', abort)
  const broken = new Promise<never>((_, reject) => {
    connection.on('error', reject)
    connection.once('end', () => reject(new Error('The connection was closed')))
  })
  broken.catch(() => undefined)
  const remote = `${hop.host}:${hop.port}`
  try {
    try {
      await Promise.race([broken, new Promise<void>((resolve) => connection.connect(() => resolve()))])
    } catch (error) {
      return connectFailure(error as ClientError, connection.upgrading === true, hop, remote)
    }
    return { type: 'answered', outcomes: await send(connection, message, remote, broken) }
  } finally {
    signal.removeEventListener('abort', abort)
    // QUIT is a courtesy that nobody waits for.
    if (!signal.aborted) connection.quit()
    setTimeout(() => connection.close(), 1_000).unref()
  }
}

function connectFailure(error: ClientError, upgrading: boolean, hop: NextHop, remote: string): ClientResult {
  if (error.code === 'ETLS' || upgrading) {
    return { type: 'unsecured', outcome: deferred('4.7.5', `TLS with ${remote} failed: ${error.message}`, remote) }
  }
  if (!error.response) {
    return { type: 'unreachable', outcome: deferred('4.4.1', `No session with ${remote}: ${error.message}`, remote) }
  }
  const outcome = outcomeOfReply(error.response, remote, null)
  // RFC 7504: only 521 and 556 say that this host will never take mail; any other refused greeting may be about today.
  const final = outcome.replyCode === 521 || outcome.replyCode === 556
  return {
    type: 'unreachable',
    outcome: final ? outcome : { ...outcome, kind: 'deferred', status: temporary(outcome.status) },
  }
}

const temporary = (status: string): string => `4${status.slice(1)}`

async function send(
  connection: SmtpConnection,
  message: OutgoingMessage,
  remote: string,
  broken: Promise<never>,
): Promise<Map<string, Outcome>> {
  const { reversePath, recipients, size } = message
  const { _supportedExtensions: extensions, _maxAllowedSize: maxSize } = connection as unknown as Internals
  const tls = tlsOf(connection)
  const all = (outcome: Outcome): Map<string, Outcome> => new Map(recipients.map((address) => [address, outcome]))

  if (!extensions.includes('SMTPUTF8') && /[^\u0000-\u007f]/.test([reversePath, ...recipients].join(''))) {
    return all(failed('5.6.7', `${remote} does not take internationalized addresses`, remote))
  }
  if (maxSize > 0 && size > maxSize) return all(failed('5.3.4', `${remote} takes at most ${maxSize} octets`, remote))

  const envelope = { from: reversePath, to: recipients, size, use8BitMime: true }
  const outcomes = new Map<string, Outcome>()
  let rest: Outcome
  const body = message.body()
  try {
    const sent = new Promise<string>((resolve, reject) =>
      connection.send(envelope, body, (error, info) => (error ? reject(error) : resolve(info!.response))),
    )
    rest = outcomeOfReply(await Promise.race([sent, broken]), remote, tls)
  } catch (error) {
    const { response, message: text } = error as ClientError
    // Without a reply nobody knows whether the host took the message: another try may double it, none would lose it.
    rest = response
      ? outcomeOfReply(response, remote, tls)
      : deferred('4.4.2', `Session with ${remote} broke: ${text}`, remote)
    if (rest.kind === 'relayed') rest = deferred('4.5.0', `${remote} answered out of turn: ${response!}`, remote)
  } finally {
    if (!Buffer.isBuffer(body)) body.destroy()
  }
  for (const { recipient, response } of rejections(connection)) {
    if (recipient && response) outcomes.set(recipient, outcomeOfReply(response, remote, tls))
  }
  for (const address of recipients) if (!outcomes.has(address)) outcomes.set(address, rest)
  return outcomes
}

const rejections = (connection: SmtpConnection): ClientError[] => {
  const { _envelope: envelope } = connection as unknown as Internals
  return envelope ? (envelope.rejectedErrors ?? []) : []
}

function tlsOf(connection: SmtpConnection): string | null {
  const socket = connection._socket as TLSSocket | false | null
  if (!connection.secure || !socket || typeof socket.getCipher !== 'function') return null
  const cipher = socket.getCipher()
  return cipher ? `${cipher.version} ${cipher.name}` : null
}
