/**
 * Step-up: what lets somebody in takes a proof, not older than ten minutes, that the owner of the session sits there. Signing in is
 * one. API tokens cannot give any.
 */
import { requireViewer, type AdminContext } from '../../access/index.js'
import { ExpectedError } from '../../platform/errors.js'
import type { AttemptLimits } from '../attempt-limits.js'
import { tryStep } from '../steps.js'
import type { SignInSettings } from '../sign-in-settings.js'
import { beginFactorStep, proveFactor } from './factors.js'
import type { FactorProof, FactorStep } from './two-factor.types.js'

const freshMs = 10 * 60_000

export function confirmedUntil(confirmedAt: Date | null): Date | null {
  const until = confirmedAt && new Date(confirmedAt.getTime() + freshMs)
  return until && until.getTime() > Date.now() ? until : null
}

/** The session's own viewer. */
export function requireSession(context: AdminContext) {
  const viewer = requireViewer(context)
  if (viewer.credential.kind !== 'session') {
    throw new ExpectedError('FORBIDDEN', { message: 'This takes a session in a browser, not a token.' })
  }
  return { ...viewer, sessionId: viewer.credential.id }
}

export function requireConfirmed(context: AdminContext) {
  const viewer = requireSession(context)
  if (!confirmedUntil(viewer.confirmedAt)) throw new ExpectedError('CONFIRMATION_REQUIRED')
  return viewer
}

export async function beginConfirmation(context: AdminContext, settings: SignInSettings): Promise<FactorStep> {
  const { administratorId, sessionId } = requireSession(context)
  return context.database.transaction((manager) =>
    beginFactorStep(context, settings, manager, { kind: 'CONFIRMATION', administratorId, sessionId, method: null }),
  )
}

export async function confirmIdentity(
  context: AdminContext,
  settings: SignInSettings,
  proof: FactorProof,
): Promise<void> {
  const { administratorId, sessionId } = requireSession(context)
  const giveBack = await takeFactorTry(settings.limits, administratorId, proof)
  await tryStep(
    (work) => context.database.transaction(work),
    { kind: 'CONFIRMATION', token: proof.token, sessionId },
    async (manager, step) => {
      const method = await proveFactor(context, manager, step, proof)
      if (method) await manager.query('UPDATE session SET confirmed_at = now() WHERE id = $1', [sessionId])
      return method
    },
  )
  await giveBack()
  context.viewer = { ...requireViewer(context), confirmedAt: new Date() }
}

/** Codes and passwords can be guessed, and so are counted over all steps; a passkey cannot. */
export const takeFactorTry = (
  limits: AttemptLimits,
  administratorId: string,
  proof: FactorProof,
): Promise<() => Promise<void>> =>
  proof.passkey ? Promise.resolve(async () => undefined) : limits.takeFactor(administratorId)
