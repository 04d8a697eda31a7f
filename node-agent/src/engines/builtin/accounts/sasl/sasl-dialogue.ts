/** What an exchange needs of the protocol that carries it. */

export interface SaslDialogue {
  /** Sends a challenge and waits for the response. Throws where the client cancels. */
  ask(challenge: string): Promise<Buffer>
}

/** What the client said is not of its mechanism: not counted as a guess. */
export class SaslSyntaxError extends Error {
  override name = 'SaslSyntaxError'
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/

/** A response as every protocol carries it, in base64; null where it is not (RFC 4648 section 4, with its padding). */
export const saslOctets = (text: string): Buffer | null => (base64.test(text) ? Buffer.from(text, 'base64') : null)

export function saslText(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    throw new SaslSyntaxError('not UTF-8')
  }
}
