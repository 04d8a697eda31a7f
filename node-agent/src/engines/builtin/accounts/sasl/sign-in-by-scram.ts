/** Sign-in by SCRAM-SHA-256 (RFC 5802, RFC 7677). */
import type { Authenticator, ScramAttempt, SignInResult } from '../authenticator.js'
import { saslText, SaslSyntaxError, type SaslDialogue } from './sasl-dialogue.js'
import { parseClientFirst, ScramExchange } from './scram-exchange.js'

/** `initial`: null where the client waits to be asked. Throws `SaslSyntaxError`, which is no guess at a password. */
export async function signInByScram(
  authenticator: Authenticator,
  about: Omit<ScramAttempt, 'login'>,
  initial: Buffer | null,
  dialogue: SaslDialogue,
): Promise<SignInResult> {
  const first = parseClientFirst(saslText(initial ?? (await dialogue.ask(''))))
  // To act as somebody else is not offered.
  if (first.authorization !== '' && first.authorization !== first.login) return { ok: false, reason: 'REFUSED' }
  const attempt = { ...about, login: first.login }
  const found = await authenticator.scramVerifiers(attempt)
  if (!found.ok) return found
  const exchange = new ScramExchange(first, found.verifiers)
  const proof = exchange.conclude(saslText(await dialogue.ask(exchange.serverFirst)))
  const result = await authenticator.concludeScram({ ...attempt, proved: proof?.verifier ?? null })
  // The client hears our proof before it hears that it is in.
  if (result.ok && (await dialogue.ask(proof!.serverFinal)).length > 0)
    throw new SaslSyntaxError('the last response is not empty')
  return result
}
