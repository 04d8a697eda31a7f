/** Reads the credential of a request: `Authorization: Bearer`, or else the session cookie. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { clientAddress } from '../platform/http/client-address.js'
import { clearCookie, setCookie } from '../platform/http/cookies.js'
import { sessionDays, type PresentedCredential } from './credentials.js'

/** `__Host-`: browsers take it over https only, for this host alone (RFC 6265bis section 4.1.3.2). */
const sessionCookieName = (secure: boolean): string => (secure ? '__Host-mailfleet' : 'mailfleet')

/** How this control plane is reached. */
export interface Reached {
  /** By https. */
  secure: boolean
  trustedProxies: number
}

export function presentedCredential(request: IncomingMessage, reached: Reached): PresentedCredential | null {
  const { authorization } = request.headers
  // A request that shows a token is the script's, whatever cookies come with it.
  if (authorization !== undefined) return bearer(authorization, request, reached)
  const secret = cookieOf(request, sessionCookieName(reached.secure))
  return secret ? { kind: 'session', secret, address: clientAddress(request, reached.trustedProxies) } : null
}

export function bearer(
  authorization: string,
  request: IncomingMessage,
  { trustedProxies }: Reached,
): PresentedCredential | null {
  const match = /^Bearer +([A-Za-z0-9_-]+)$/i.exec(authorization)
  return match ? { kind: 'token', secret: match[1]!, address: clientAddress(request, trustedProxies) } : null
}

export function cookieOf(request: IncomingMessage, name: string): string | null {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const equals = pair.indexOf('=')
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim()
  }
  return null
}

export function setSessionCookie(response: ServerResponse, secret: string, secure: boolean): void {
  setCookie(response, sessionCookieName(secure), secret, { secure, maxAgeMs: sessionDays * 86_400_000 })
}

export function clearSessionCookie(response: ServerResponse, secure: boolean): void {
  clearCookie(response, sessionCookieName(secure), secure)
}
