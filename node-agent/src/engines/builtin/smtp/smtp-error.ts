/**
 * A failure that the client is told of. The reply code decides the class of the enhanced code (RFC 3463), so that the two cannot
 * disagree; `cause` and `fields` are for our log alone.
 */
import type { PolicyKind, PolicyOrigin } from '@mailfleet/schema'
import { isDiskFull } from '../../../durable/disk-full.js'

/** Which policy refuses; an origin of null is the catalogue's own value. */
export interface RefusingPolicy {
  kind: PolicyKind
  origin: PolicyOrigin | null
}

export class SmtpError extends Error {
  override name = 'SmtpError'
  readonly enhanced: string

  /** `subject` is the enhanced code without its class, such as `1.1` for `5.1.1`. */
  constructor(
    readonly reply: number,
    subject: string,
    readonly publicText: string,
    options: { cause?: unknown; fields?: Record<string, unknown>; policy?: RefusingPolicy } = {},
  ) {
    super(publicText, { cause: options.cause })
    this.enhanced = `${Math.floor(reply / 100)}.${subject}`
    this.fields = options.fields ?? {}
    this.policy = options.policy ?? null
  }
  readonly fields: Record<string, unknown>
  readonly policy: RefusingPolicy | null
}

/** Ends the session with a reply that need not be 421. */
export class Farewell extends SmtpError {}

/** Whatever is not foreseen is ours and may pass: the client tries again. */
export function asSmtpError(error: unknown): SmtpError {
  if (error instanceof SmtpError) return error
  return isDiskFull(error)
    ? new SmtpError(452, '3.1', 'Not enough space, try again later', { cause: error })
    : new SmtpError(451, '3.0', 'Local error in processing, try again later', { cause: error })
}
