/** Signing in and out. Known and unknown logins take the same work and get the same answer. */
import { randomUUID } from 'node:crypto'
import { normalizeAddress } from '@mailfleet/schema'
import {
  clearSessionCookie,
  findViewer,
  issueSessionSecret,
  requireViewer,
  sessionDays,
  setSessionCookie,
  type AdminContext,
} from '../access/index.js'
import { endSessions, minAdministratorPassword } from '../administrators/index.js'
import { ExpectedError } from '../platform/errors.js'
import { requirePassword } from '../platform/input.js'
import { hashPassword, verifyPassword } from '../platform/password.js'
import type { AttemptLimits } from './attempt-limits.js'
import type { ChangePasswordInput, SignInInput } from './sign-in.types.js'

interface Candidate {
  id: string
  password_hash: string
  active: boolean
}

const findCandidate = `
  SELECT administrator.id, administrator.password_hash, administrator.status = 'ACTIVE' AND NOT EXISTS (
    SELECT 1 FROM tenant AS above WHERE above.path @> tenant.path AND above.status = 'SUSPENDED') AS active
  FROM administrator JOIN tenant ON tenant.id = administrator.tenant_id
  WHERE administrator.email = $1`

/** Everybody's that have expired, some with each sign-in; nobody waits for somebody else who does the same. */
const sweepSessions = `
  DELETE FROM session WHERE id IN (
    SELECT id FROM session WHERE expires_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED)`

/** Of a password that nobody has; made with the parameters of all others. */
const hashOfNobody = hashPassword(randomUUID())

export async function signIn(
  context: AdminContext,
  limits: AttemptLimits,
  secureCookies: boolean,
  input: SignInInput,
): Promise<void> {
  const { request, response } = requireHttp(context)
  const email = normalizeAddress(input.email.trim()) ?? ''
  const giveBack = await limits.take(email, request.ip ?? 'unknown')
  const [candidate] = await context.database.query<Candidate>(findCandidate, [email])
  const password = input.password.slice(0, 1_024)
  const matches = await verifyPassword(candidate?.password_hash ?? (await hashOfNobody), password)
  if (!candidate || !matches || !candidate.active) throw new ExpectedError('INVALID_CREDENTIALS')

  const issued = issueSessionSecret()
  const previous = context.viewer?.credential
  await context.database.transaction(async (manager) => {
    // Locks the row: whoever changes the password or suspends meanwhile ends this session too, or comes first.
    const [, current] = await manager.query(
      `UPDATE administrator SET last_sign_in_at = now() WHERE id = $1 AND password_hash = $2 AND status = 'ACTIVE'`,
      [candidate.id, candidate.password_hash],
    )
    if (current !== 1) throw new ExpectedError('INVALID_CREDENTIALS')
    // The session that the browser had until now ends: signing in always makes a new one.
    if (previous?.kind === 'session') await manager.query('DELETE FROM session WHERE id = $1', [previous.id])
    await manager.query(sweepSessions)
    await manager.query(
      `INSERT INTO session (id, administrator_id, token_hash, expires_at)
       VALUES ($1, $2, $3, now() + make_interval(days => $4))`,
      [issued.id, candidate.id, issued.hash, sessionDays],
    )
  })
  await giveBack()
  setSessionCookie(response, issued.secret, secureCookies)
  context.viewer = await findViewer(context.database, { kind: 'session', secret: issued.secret })
}

export async function signOut(context: AdminContext, secureCookies: boolean): Promise<void> {
  const { response } = requireHttp(context)
  const credential = context.viewer?.credential
  if (credential?.kind === 'session') {
    await context.database.query('DELETE FROM session WHERE id = $1', [credential.id])
  }
  clearSessionCookie(response, secureCookies)
  context.viewer = null
}

export async function changePassword(
  context: AdminContext,
  limits: AttemptLimits,
  input: ChangePasswordInput,
): Promise<void> {
  const { request } = requireHttp(context)
  const { administratorId, credential } = requireViewer(context)
  const next = requirePassword(input.newPassword, ['newPassword'], minAdministratorPassword)
  const giveBack = await limits.take(`change:${administratorId}`, request.ip ?? 'unknown')
  const [row] = await context.database.query<{ password_hash: string }>(
    'SELECT password_hash FROM administrator WHERE id = $1',
    [administratorId],
  )
  if (!row || !(await verifyPassword(row.password_hash, input.currentPassword.slice(0, 1_024)))) {
    throw new ExpectedError('INVALID_CREDENTIALS', { path: ['currentPassword'] })
  }
  await giveBack()
  const passwordHash = await hashPassword(next)
  await context.database.transaction(async (manager) => {
    // Of two changes at once the second one was checked against a password that is no more.
    const [, changed] = await manager.query(
      'UPDATE administrator SET password_hash = $1, version = version + 1, updated_at = now() WHERE id = $2 AND password_hash = $3',
      [passwordHash, administratorId, row.password_hash],
    )
    if (changed !== 1) throw new ExpectedError('INVALID_CREDENTIALS', { path: ['currentPassword'] })
    await endSessions(manager, administratorId, credential.kind === 'session' ? credential.id : undefined)
  })
}

function requireHttp(context: AdminContext) {
  if (!context.http) throw new Error('sessions begin and end over HTTP')
  return context.http
}
