/**
 * Signing in: password, then a second factor where there is one, then a session. Known and unknown logins take the same work and
 * get the same answer.
 */
import { randomUUID } from 'node:crypto'
import { normalizeAddress } from '@mailfleet/schema'
import type { EntityManager } from 'typeorm'
import {
  administratorIsActive,
  clearSessionCookie,
  maySignInLocally,
  requireViewer,
  type AdminContext,
} from '../access/index.js'
import { endSessions, minAdministratorPassword } from '../administrators/index.js'
import { ExpectedError } from '../platform/errors.js'
import { requirePassword } from '../platform/input.js'
import { requireNewPassword } from '../policies/index.js'
import { hashPassword, verifyPassword } from '../platform/password.js'
import type { SignInMethod } from './sessions/sign-in-method.js'
import { insertSession } from './sessions/start-session.js'
import { requireHttp, type SignInSettings } from './sign-in-settings.js'
import type { ChangePasswordInput, SignInInput } from './sign-in.types.js'
import { administratorOfStep, tryStep } from './steps.js'
import { takeFactorTry } from './two-factor/confirmation.js'
import { beginFactorStep, factorsOf, hasFactor, proveFactor } from './two-factor/factors.js'
import type { FactorProof, FactorStep } from './two-factor/two-factor.types.js'

interface Candidate {
  id: string
  password_hash: string
  active: boolean
  identity_source_id: string | null
  /** May sign in with what is kept here. */
  local: boolean
}

const findCandidate = `
  SELECT administrator.id, administrator.password_hash, administrator.status = 'ACTIVE' AND NOT EXISTS (
    SELECT 1 FROM tenant AS above WHERE above.path @> tenant.path AND above.status = 'SUSPENDED') AS active,
    administrator.identity_source_id, ${maySignInLocally('administrator')} AS local
  FROM administrator JOIN tenant ON tenant.id = administrator.tenant_id
  WHERE administrator.email = $1`

/** Of a password that nobody has; made with the parameters of all others. */
const hashOfNobody = hashPassword(randomUUID())

function asFailure(error: unknown): ExpectedError {
  if (error instanceof ExpectedError) return error
  throw error
}

/** Null: signed in. Else the step that comes between the password and a session. */
export async function signIn(
  context: AdminContext,
  settings: SignInSettings,
  input: SignInInput,
): Promise<FactorStep | null> {
  requireHttp(context)
  const email = normalizeAddress(input.email.trim()) ?? ''
  const address = context.origin.ip
  const giveBack = await settings.limits.take(email, address)
  const [candidate] = await context.system.query<Candidate>(findCandidate, [email])
  const password = input.password.slice(0, 1_024)
  const directory = await settings.directoryOf(context, email)
  // Of somebody who is known here and not kept there, the password is none of the directory's business.
  const isTheirs = directory !== null && (!candidate || candidate.identity_source_id === directory.sourceId)
  const [matches, person] = await Promise.all([
    verifyPassword(candidate?.password_hash ?? (await hashOfNobody), password),
    directory?.check(isTheirs ? password : null).catch(asFailure) ?? null,
  ])
  const isFailed = person instanceof ExpectedError
  const isProven = isTheirs && person !== null && !isFailed
  if (!isProven && !(candidate?.local && matches && candidate.active)) {
    // Whoever asks is told the same of it, kept there or not.
    if (isFailed) throw person
    await settings.limits.failed(address)
    throw new ExpectedError('INVALID_CREDENTIALS')
  }

  const outcome = await context.system.transaction(async (manager) => {
    if (isProven) {
      const administratorId = await person.admit(manager)
      if (administratorId === null) throw new ExpectedError('INVALID_CREDENTIALS')
      return afterFirstFactor(context, settings, manager, { administratorId, method: 'LDAP' })
    }
    if (!candidate) throw new ExpectedError('INVALID_CREDENTIALS')
    // Locks the row: whoever changes the password or suspends meanwhile ends this session, or this step, too, or comes first.
    const current: unknown[] = await manager.query(
      `SELECT FROM administrator WHERE id = $1 AND password_hash = $2 AND status = 'ACTIVE' FOR UPDATE`,
      [candidate.id, candidate.password_hash],
    )
    if (current.length === 0) throw new ExpectedError('INVALID_CREDENTIALS')
    return afterFirstFactor(context, settings, manager, { administratorId: candidate.id, method: 'PASSWORD' })
  })
  await giveBack()
  return outcome()
}

interface FirstFactor {
  administratorId: string
  method: SignInMethod
  /** Two were shown where the first one was: none is asked for here. */
  secondFactor?: boolean
}

/** To be called in the transaction that holds the administrator's row; the function returned, after its commit. */
export async function afterFirstFactor(
  context: AdminContext,
  settings: SignInSettings,
  manager: EntityManager,
  { administratorId, method, secondFactor = false }: FirstFactor,
): Promise<() => Promise<FactorStep | null>> {
  if (!secondFactor && hasFactor(await factorsOf(manager, administratorId))) {
    const step = { kind: 'SECOND_FACTOR', administratorId, sessionId: null, method } as const
    const issued = await beginFactorStep(context, settings, manager, step)
    return async () => issued
  }
  const handOver = await insertSession(context, settings, manager, administratorId, {
    method,
    factor: null,
    secondFactor,
  })
  return async () => {
    await handOver()
    return null
  }
}

export async function verifySecondFactor(
  context: AdminContext,
  settings: SignInSettings,
  proof: FactorProof,
): Promise<void> {
  const administratorId = await administratorOfStep(context, proof.token)
  const giveBack = await takeFactorTry(settings.limits, administratorId, proof)
  const handOver = await tryStep(
    (work) => context.system.transaction(work),
    { kind: 'SECOND_FACTOR', token: proof.token },
    async (manager, step) => {
      const factor = await proveFactor(context, manager, step, proof)
      if (!factor) return null
      const active: unknown[] = await manager.query(
        `SELECT FROM administrator WHERE id = $1 AND ${administratorIsActive('administrator')} FOR UPDATE`,
        [administratorId],
      )
      if (active.length === 0) return null
      return insertSession(context, settings, manager, administratorId, { method: step.method ?? 'PASSWORD', factor })
    },
  )
  await giveBack()
  await handOver()
}

export async function signOut(context: AdminContext, settings: SignInSettings): Promise<void> {
  const { response } = requireHttp(context)
  const credential = context.viewer?.credential
  if (credential?.kind === 'session') {
    await context.system.query('DELETE FROM session WHERE id = $1', [credential.id])
  }
  clearSessionCookie(response, settings.reached.secure)
  context.viewer = null
}

export async function changePassword(
  context: AdminContext,
  { limits }: SignInSettings,
  input: ChangePasswordInput,
): Promise<void> {
  requireHttp(context)
  const { administratorId, credential, tenantPath } = requireViewer(context)
  const next = requirePassword(input.newPassword, ['newPassword'], minAdministratorPassword)
  const giveBack = await limits.take(`change:${administratorId}`, context.origin.ip)
  const [row] = await context.system.query<{ password_hash: string }>(
    'SELECT password_hash FROM administrator WHERE id = $1',
    [administratorId],
  )
  if (!row || !(await verifyPassword(row.password_hash, input.currentPassword.slice(0, 1_024)))) {
    throw new ExpectedError('INVALID_CREDENTIALS', { path: ['currentPassword'] })
  }
  await giveBack()
  const passwordHash = await hashPassword(next)
  await context.system.transaction(async (manager) => {
    const owner = { kind: 'administrator', id: administratorId, object: { tenantPath } } as const
    const rule = { path: ['newPassword'], floor: minAdministratorPassword }
    await requireNewPassword(manager, owner, next, rule)
    // Of two changes at once the second one was checked against a password that is no more.
    const [, changed] = await manager.query(
      'UPDATE administrator SET password_hash = $1, version = version + 1, updated_at = now() WHERE id = $2 AND password_hash = $3',
      [passwordHash, administratorId, row.password_hash],
    )
    if (changed !== 1) throw new ExpectedError('INVALID_CREDENTIALS', { path: ['currentPassword'] })
    await endSessions(manager, administratorId, credential.kind === 'session' ? credential.id : undefined)
  })
}
