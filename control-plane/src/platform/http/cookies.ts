/** Cookies that only this server reads, and only on its own pages. */
import type { ServerResponse } from 'node:http'

export interface CookieReach {
  /** By https alone. */
  secure: boolean
  maxAgeMs: number
}

export function setCookie(response: ServerResponse, name: string, value: string, { secure, maxAgeMs }: CookieReach) {
  const expires = new Date(Date.now() + maxAgeMs).toUTCString()
  const parts = [
    `${name}=${encodeURIComponent(value)}`,
    `Max-Age=${Math.floor(maxAgeMs / 1_000)}`,
    'Path=/',
    `Expires=${expires}`,
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    'SameSite=Strict',
  ]
  response.appendHeader('set-cookie', parts.join('; '))
}

export const clearCookie = (response: ServerResponse, name: string, secure: boolean): void =>
  setCookie(response, name, '', { secure, maxAgeMs: 0 })
