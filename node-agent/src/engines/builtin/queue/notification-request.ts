/**
 * What the sender asks for: what to be told of (RFC 3461), and how the message must be carried (RFC 8689). Values are kept as they came, xtext and all, since that is how they go on to the next
 * host; whoever takes them in has checked them.
 */

export interface MessageRequest {
  ret: 'FULL' | 'HDRS' | null
  envelopeId: string | null
  /**
   * `REQUIRED`: the message was taken with REQUIRETLS. `OPTIONAL`: its field `TLS-Required: No` wants it carried whatever the
   * destination's policies say.
   */
  tls: 'REQUIRED' | 'OPTIONAL' | null
}

export interface RecipientRequest {
  /** `NEVER`, or a list of `SUCCESS`, `FAILURE` and `DELAY`. */
  notify: string | null
  /** Address type and xtext, such as `rfc822;ann+2Bx@here.test`. */
  originalRecipient: string | null
}

/** What became of a recipient, as RFC 3464 section 2.3.3 names it. */
export type ReportedAction = 'failed' | 'delayed' | 'relayed' | 'delivered' | 'expanded'

const conditions = {
  failed: 'FAILURE',
  delayed: 'DELAY',
  relayed: 'SUCCESS',
  delivered: 'SUCCESS',
  expanded: 'SUCCESS',
}

/** Without NOTIFY a sender hears of trouble only (RFC 3461 section 4.1). */
export function isWanted(action: ReportedAction, notify: string | null | undefined): boolean {
  const condition = conditions[action]
  return notify ? notify.split(',').includes(condition) : condition !== 'SUCCESS'
}

/** What is left to be told once success is reported, or must not be. */
export function withoutSuccess(request: RecipientRequest): RecipientRequest {
  if (!request.notify?.includes('SUCCESS')) return request
  const rest = request.notify.split(',').filter((condition) => condition !== 'SUCCESS')
  return { ...request, notify: rest.join(',') || 'NEVER' }
}

/** RFC 3461 section 4. */
export const decodeXtext = (xtext: string): string =>
  xtext.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
