/** The name under which browsers know this console (Web Authentication Level 3, "RP ID"): a passkey works under that name only. */
import type { IncomingMessage } from 'node:http'
import { ExpectedError } from '../../platform/errors.js'

export interface RelyingParty {
  /** A host name; browsers take no address for one. */
  id: string
  origin: string
}

/**
 * That of the public URL. One of plain http is a console on somebody's own machine, which has several names (localhost works,
 * 127.0.0.1 does not): there, any page of the host that the browser itself speaks to is ours.
 */
export function relyingParty(request: IncomingMessage, publicUrl: string | null): RelyingParty {
  const configured = publicUrl === null ? null : new URL(publicUrl)
  if (configured?.protocol === 'https:') return { id: configured.hostname, origin: configured.origin }
  const { origin, host } = request.headers
  const named = origin && URL.canParse(origin) ? new URL(origin) : null
  if (!named || named.host !== host) {
    throw new ExpectedError('INVALID_REQUEST', { message: 'Passkeys are made and used by the pages of the console.' })
  }
  return { id: named.hostname, origin: named.origin }
}
