/** Sign-in by SCRAM-SHA-256 for every protocol: the wire is the protocol's, the exchange and its outcome are the same. */
import type { Authenticator, ScramAttempt, SignInResult } from '../authenticator.js'
import { parseClientFirst, SaslSyntaxError, ScramExchange } from './scram-exchange.js'

export { SaslSyntaxError }
export const isScram = (mechanism: string): boolean => mechanism === 'SCRAM-SHA-256'

export interface SaslDialogue {
  /** Sends a challenge and waits for the response. Throws where the client cancels. */
  ask(challenge: string): Promise<Buffer>
}

/** `initial`: null where the client waits to be asked. Throws `SaslSyntaxError`, which is no guess at a password. */
export async function signInByScram(
  authenticator: Authenticator,
  about: Omit<ScramAttempt, 'login'>,
  initial: Buffer | null,
  dialogue: SaslDialogue,
): Promise<SignInResult> {
  const first = parseClientFirst(textOf(initial ?? (await dialogue.ask(''))))
  // To act as somebody else is not offered.
  if (first.authorization !== '' && first.authorization !== first.login) return { ok: false, reason: 'REFUSED' }
  const attempt = { ...about, login: first.login }
  const found = await authenticator.scramVerifier(attempt)
  if (!found.ok) return found
  const { verifier } = found
  const exchange = new ScramExchange(first, verifier)
  const serverFinal = exchange.conclude(textOf(await dialogue.ask(exchange.serverFirst)))
  const result = await authenticator.concludeScram({ ...attempt, verifier, proved: serverFinal !== null })
  // The client hears our proof before it hears that it is in.
  if (result.ok && (await dialogue.ask(serverFinal!)).length > 0)
    throw new SaslSyntaxError('the last response is not empty')
  return result
}

function textOf(octets: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets)
  } catch {
    throw new SaslSyntaxError('not UTF-8')
  }
}
