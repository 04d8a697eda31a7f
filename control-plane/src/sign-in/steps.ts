/**
 * Steps between a password and a session, and before a change that takes a fresh proof. A step is a short-lived secret of its own,
 * never a session, and good for one thing only. Five wrong tries end it.
 */
import type { EntityManager } from 'typeorm'
import { hashOf, issueStepSecret, type AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import type { SignInMethod } from './sessions/sign-in-method.js'

export type StepKind = 'SECOND_FACTOR' | 'PASSKEY_SIGN_IN' | 'CONFIRMATION' | 'PASSKEY_REGISTRATION'

const stepMinutes = 5
const maxFailures = 5

export interface Step {
  id: string
  kind: StepKind
  administratorId: string | null
  /** Of WebAuthn, and where it was given out. */
  challenge: string | null
  origin: string | null
  /** The first factor, of a step that asks for the second. */
  method: SignInMethod | null
}

export interface IssuedStep {
  token: string
  expiresAt: Date
}

type NewStep = Omit<Step, 'id'> & { sessionId: string | null }

export async function issueStep(manager: EntityManager, step: NewStep): Promise<IssuedStep> {
  const { id, secret, hash } = issueStepSecret()
  const rows: { expires_at: Date }[] = await manager.query(
    `INSERT INTO sign_in_step (id, token_hash, kind, administrator_id, session_id, challenge, origin, method, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now() + make_interval(mins => $9)) RETURNING expires_at`,
    [id, hash, step.kind, step.administratorId, step.sessionId, step.challenge, step.origin, step.method, stepMinutes],
  )
  return { token: secret, expiresAt: rows[0]!.expires_at }
}

/** Whose step it is, so that tries of theirs can be counted before one is looked at. */
export async function administratorOfStep({ system }: AdminContext, token: string): Promise<string> {
  const [row] = await system.query<{ administrator_id: string }>(
    `SELECT administrator_id FROM sign_in_step
     WHERE token_hash = $1 AND kind = 'SECOND_FACTOR' AND expires_at > now()`,
    [hashOf(token.slice(0, 200))],
  )
  if (!row) throw new ExpectedError('STEP_ENDED')
  return row.administrator_id
}

interface StepRow {
  id: string
  kind: StepKind
  administrator_id: string | null
  challenge: string | null
  origin: string | null
  method: SignInMethod | null
}

/** Locks the step: of two tries at once one comes after the other. */
async function lockStep(
  manager: EntityManager,
  kind: StepKind,
  token: string,
  sessionId: string | null,
): Promise<Step | null> {
  const rows: StepRow[] = await manager.query(
    `SELECT id, kind, administrator_id, challenge, origin, method FROM sign_in_step
     WHERE token_hash = $1 AND kind = $2 AND expires_at > now() AND session_id IS NOT DISTINCT FROM $3::uuid FOR UPDATE`,
    [hashOf(token.slice(0, 200)), kind, sessionId],
  )
  const [row] = rows
  if (!row) return null
  const { id, administrator_id: administratorId, challenge, origin, method } = row
  return { id, kind, administratorId, challenge, origin, method }
}

/**
 * Looks at one try. `prove` answers null where it was wrong: that counts, and is kept, though nothing else is changed. A right
 * one uses the step up.
 */
export async function tryStep<T extends object | string>(
  transaction: <R>(work: (manager: EntityManager) => Promise<R>) => Promise<R>,
  { kind, token, sessionId = null }: { kind: StepKind; token: string; sessionId?: string | null },
  prove: (manager: EntityManager, step: Step) => Promise<T | null>,
): Promise<T> {
  const outcome = await transaction(async (manager) => {
    const step = await lockStep(manager, kind, token, sessionId)
    if (!step) return { code: 'STEP_ENDED' as const }
    const proved = await prove(manager, step)
    if (proved !== null) {
      await manager.query('DELETE FROM sign_in_step WHERE id = $1', [step.id])
      return { code: null, proved }
    }
    await manager.query('UPDATE sign_in_step SET failures = failures + 1 WHERE id = $1', [step.id])
    await manager.query('DELETE FROM sign_in_step WHERE id = $1 AND failures >= $2', [step.id, maxFailures])
    return { code: 'INVALID_FACTOR' as const }
  })
  if (outcome.code === null) return outcome.proved
  throw new ExpectedError(outcome.code)
}
