/**
 * The one place where sessions begin. Signing in always makes a new session, and ends the one that the browser had; whoever signs
 * in has shown a moment ago who they are.
 */
import type { EntityManager } from 'typeorm'
import { findViewer, issueSessionSecret, sessionDays, setSessionCookie, type AdminContext } from '../../access/index.js'
import { clientAddress } from '../../platform/http/client-address.js'
import { forgetLoaded } from '../../platform/loader.js'
import { storableText } from '../../platform/storable-text.js'
import { requireHttp, type SignInSettings } from '../sign-in-settings.js'
import type { FactorMethod } from '../two-factor/two-factor.types.js'
import type { SignInMethod } from './sign-in-method.js'

export interface Proof {
  method: SignInMethod
  /** What came after it. A passkey is two factors by itself: it is had, and has verified who holds it. */
  factor: FactorMethod | null
  /** Elsewhere, by an issuer that is trusted with it. */
  secondFactor?: boolean
}

/** Everybody's that have expired, some with each sign-in; nobody waits for somebody else who does the same. */
const sweep = (table: string): string => `
  DELETE FROM ${table} WHERE id IN (
    SELECT id FROM ${table} WHERE expires_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED)`

/**
 * In the transaction in which the administrator's row was locked and found active: whoever changes the password or suspends
 * meanwhile ends this session too, or comes first. The function returned hands it to the browser, after the commit.
 */
export async function insertSession(
  context: AdminContext,
  settings: SignInSettings,
  manager: EntityManager,
  administratorId: string,
  proof: Proof,
): Promise<() => Promise<void>> {
  const { request, response } = requireHttp(context)
  const issued = issueSessionSecret()
  const address = clientAddress(request, settings.reached.trustedProxies)
  const previous = context.viewer?.credential
  if (previous?.kind === 'session') await manager.query('DELETE FROM session WHERE id = $1', [previous.id])
  await manager.query(sweep('session'))
  await manager.query(sweep('sign_in_step'))
  await manager.query('UPDATE administrator SET last_sign_in_at = now() WHERE id = $1', [administratorId])
  await manager.query(
    `INSERT INTO session (id, administrator_id, token_hash, expires_at, ip_address, user_agent, method, factor,
       confirmed_at, second_factor)
     VALUES ($1, $2, $3, now() + make_interval(days => $4), $5, $6, $7, $8, now(), $9)`,
    [
      issued.id,
      administratorId,
      issued.hash,
      sessionDays,
      address,
      storableText(request.headers['user-agent'] ?? '').slice(0, 300),
      proof.method,
      proof.factor,
      proof.factor !== null || proof.method === 'PASSKEY' || proof.secondFactor === true,
    ],
  )
  return async () => {
    setSessionCookie(response, issued.secret, settings.reached.secure)
    context.viewer = await findViewer(context.system, { kind: 'session', secret: issued.secret, address })
    forgetLoaded(context)
  }
}
