/** Reads the credential of a request: `Authorization: Bearer`, or else the session cookie. */
import type { IncomingMessage } from 'node:http'
import type { Response } from 'express'
import { clientAddress } from '../platform/http/client-address.js'
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

export function setSessionCookie(response: Response, secret: string, secure: boolean): void {
  const maxAge = sessionDays * 86_400_000
  response.cookie(sessionCookieName(secure), secret, { httpOnly: true, sameSite: 'strict', secure, path: '/', maxAge })
}

export function clearSessionCookie(response: Response, secure: boolean): void {
  response.clearCookie(sessionCookieName(secure), { httpOnly: true, sameSite: 'strict', secure, path: '/' })
}
