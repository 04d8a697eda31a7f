/**
 * Secrets and signatures as in the Standard Webhooks specification 1.0: HMAC-SHA256 over id, time and body, so that neither can be
 * exchanged. While a secret is rotated both sign, and a receiver may know either.
 */
import { createHmac, randomBytes } from 'node:crypto'

const prefix = 'whsec_'
const secretBytes = 32

export const newWebhookSecret = (): string => prefix + randomBytes(secretBytes).toString('base64')

export interface SignedMessage {
  /** The same for all tries of one delivery: by it receivers know what they had already. */
  id: string
  /** Seconds since 1970, of this try. */
  timestamp: number
  body: string
}

export function signatureHeaders(message: SignedMessage, secrets: readonly string[]): Record<string, string> {
  const { id, timestamp, body } = message
  const signed = `${id}.${timestamp}.${body}`
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(prefix.length), 'base64')
    return `v1,${createHmac('sha256', key).update(signed).digest('base64')}`
  })
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') }
}
