/** Signing in with a passkey alone: it says who it is, and has verified its user. */
import { administratorIsActive, maySignInLocally, type AdminContext } from '../../access/index.js'
import { insertSession } from '../sessions/start-session.js'
import { requireHttp, type SignInSettings } from '../sign-in-settings.js'
import { issueStep, tryStep } from '../steps.js'
import type { FinishPasskeySignInInput } from '../two-factor/two-factor.types.js'
import { authenticated, authenticationOptions } from './ceremonies.js'
import { relyingParty } from './relying-party.js'

export async function beginPasskeySignIn(context: AdminContext, settings: SignInSettings) {
  const { request } = requireHttp(context)
  const party = relyingParty(request, settings.publicUrl)
  // Nothing is looked up for it, and yet each leaves a row for some minutes.
  await settings.limits.takeChallenge(context.origin.ip)
  const options = await authenticationOptions(party, [])
  const { token } = await context.system.transaction((manager) =>
    issueStep(manager, {
      kind: 'PASSKEY_SIGN_IN',
      method: null,
      administratorId: null,
      sessionId: null,
      challenge: options.challenge,
      origin: party.origin,
    }),
  )
  return { token, options: JSON.stringify(options) }
}

export async function finishPasskeySignIn(
  context: AdminContext,
  settings: SignInSettings,
  input: FinishPasskeySignInInput,
): Promise<void> {
  const handOver = await tryStep(
    (work) => context.system.transaction(work),
    { kind: 'PASSKEY_SIGN_IN', token: input.token },
    async (manager, step) => {
      const passkey = await authenticated(manager, step, input.response)
      if (!passkey) return null
      const active: unknown[] = await manager.query(
        `SELECT FROM administrator WHERE id = $1 AND ${administratorIsActive('administrator')}
         AND ${maySignInLocally('administrator')} FOR UPDATE`,
        [passkey.administratorId],
      )
      if (active.length === 0) return null
      const proof = { method: 'PASSKEY', factor: null } as const
      return insertSession(context, settings, manager, passkey.administratorId, proof)
    },
  )
  await handOver()
}
