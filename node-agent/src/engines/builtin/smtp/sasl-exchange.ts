/**
 * AUTH by a mechanism that smtp-server does not have (RFC 4954 section 4): challenges and responses, one line each, over its state
 * machine, which asks whatever is set as the next handler with the next line.
 */
import type { SMTPServerSession } from 'smtp-server'
import type { SMTPConnection } from 'smtp-server/lib/smtp-connection.js'
import { SaslSyntaxError } from '../accounts/index.js'
import { SmtpError } from './smtp-error.js'

export interface SaslServer {
  /** Offered now, beside PLAIN and LOGIN. */
  mechanisms(): string[]
  /** The account's id. Throws what the client is told. */
  signIn(
    mechanism: string,
    initial: Buffer | null,
    dialogue: { ask(challenge: string): Promise<Buffer> },
    session: SMTPServerSession,
  ): Promise<string>
  /** In the form that goes to the client; what is our fault is logged. */
  reported(error: unknown): Error & { responseCode: number }
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

export function runSaslExchange(
  connection: SMTPConnection,
  sasl: SaslServer,
  mechanism: string,
  initial: string | undefined,
  callback: () => void,
): void {
  // Of the line that is being answered: the next one is read when it is called.
  let next = callback
  const ask = (challenge: string): Promise<Buffer> =>
    new Promise((resolve, reject) => {
      connection._nextHandler = (line, done) => {
        next = done
        try {
          resolve(decode(line.toString('latin1')))
        } catch (error) {
          reject(error as Error)
        }
      }
      connection.send(334, Buffer.from(challenge).toString('base64'))
      next()
    })

  const signIn = async (): Promise<void> => {
    const { session } = connection
    // RFC 4954 section 4: a lone `=` is an initial response of no octets.
    const first = initial === undefined ? null : initial === '=' ? Buffer.alloc(0) : decode(initial)
    session.user = await sasl.signIn(mechanism, first, { ask }, session)
    session.transmissionType = connection._transmissionType()
    connection.send(235, '2.7.0 Authentication successful')
  }
  void signIn()
    .catch((error: unknown) => {
      const known =
        error instanceof SaslSyntaxError ? new SmtpError(501, '5.2', `The response is not one of ${mechanism}`) : error
      const { responseCode, message } = sasl.reported(known)
      connection.send(responseCode, message)
    })
    .finally(() => next())
}

function decode(line: string): Buffer {
  if (line === '*') throw new SmtpError(501, '7.0', 'Cancelled')
  if (!base64.test(line)) throw new SmtpError(501, '5.2', 'The response is not base64')
  return Buffer.from(line, 'base64')
}
