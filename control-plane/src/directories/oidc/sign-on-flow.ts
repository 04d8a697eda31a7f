/**
 * A sign-in that is away at an issuer: what it must come back with. It belongs to one browser and one source, is good for ten
 * minutes and for one return.
 */
import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { cookieOf, hashOf, type AdminContext, type Reached } from '../../access/index.js'
import { setCookie } from '../../platform/http/cookies.js'
import { newId } from '../../platform/ids.js'

const minutes = 10
const cookieName = (secure: boolean): string => (secure ? '__Host-mailfleet-sign-on' : 'mailfleet-sign-on')
const pattern = /^[A-Za-z0-9_-]{43}$/

/** The page that asks is ours, in both directions: the cookie need not come along from the issuer's page. */
export function browserSecret(request: IncomingMessage, { secure }: Reached): string | null {
  const secret = cookieOf(request, cookieName(secure))
  return secret && pattern.test(secret) ? secret : null
}

/** The same for all that one browser has under way: of two tabs neither ends the other's. */
export function provideBrowserSecret(request: IncomingMessage, response: ServerResponse, reached: Reached): string {
  const { secure } = reached
  const secret = browserSecret(request, reached) ?? randomBytes(32).toString('base64url')
  setCookie(response, cookieName(secure), secret, { secure, maxAgeMs: minutes * 60_000 })
  return secret
}

export interface Flow {
  sourceId: string
  nonce: string
  verifier: string
  redirectUri: string
}

const purposeOf = (id: string): string => `single-sign-on-flow:${id}`

export async function keepFlow(context: AdminContext, browser: string, state: string, flow: Flow): Promise<void> {
  const id = newId()
  await context.system.transaction(async (manager) => {
    await manager.query(`DELETE FROM single_sign_on_flow WHERE id IN (
      SELECT id FROM single_sign_on_flow WHERE expires_at < now() LIMIT 100 FOR UPDATE SKIP LOCKED)`)
    await manager.query(
      `INSERT INTO single_sign_on_flow (id, identity_source_id, state_hash, browser_hash, nonce, sealed_verifier,
         redirect_uri, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, now() + make_interval(mins => $8))`,
      [
        id,
        flow.sourceId,
        hashOf(state),
        hashOf(browser),
        flow.nonce,
        context.secrets.seal(flow.verifier, purposeOf(id)),
        flow.redirectUri,
        minutes,
      ],
    )
  })
}

/** Null: there is none, it is another browser's, or too late. A second return finds nothing. */
export async function takeFlow(context: AdminContext, browser: string, state: string): Promise<Flow | null> {
  const rows = await context.system.transaction(async (manager) => {
    const [taken] = await manager.query(
      `DELETE FROM single_sign_on_flow WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > now()
       RETURNING id, identity_source_id, nonce, sealed_verifier, redirect_uri`,
      [hashOf(state), hashOf(browser)],
    )
    return taken as {
      id: string
      identity_source_id: string
      nonce: string
      sealed_verifier: Buffer
      redirect_uri: string
    }[]
  })
  const [row] = rows
  if (!row) return null
  const verifier = await context.secrets.openText(row.sealed_verifier, purposeOf(row.id))
  return { sourceId: row.identity_source_id, nonce: row.nonce, verifier, redirectUri: row.redirect_uri }
}
