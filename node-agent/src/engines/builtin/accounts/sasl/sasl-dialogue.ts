/** What an exchange needs of the protocol that carries it. */

export interface SaslDialogue {
  /** Sends a challenge and waits for the response. Throws where the client cancels. */
  ask(challenge: string): Promise<Buffer>
}

/** What the client said is not of its mechanism: not counted as a guess. */
export class SaslSyntaxError extends Error {
  override name = 'SaslSyntaxError'
}

export function saslText(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    throw new SaslSyntaxError('not UTF-8')
  }
}
