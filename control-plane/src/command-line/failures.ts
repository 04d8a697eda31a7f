/** What can go wrong, and with which exit code: scripts decide by it, so a number never changes its meaning. */
import { isErrorCode, type ErrorCode } from '@mailfleet/schema'

export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  denied: 4,
  invalid: 5,
  conflict: 6,
  unavailable: 7,
  interrupted: 130,
} as const

/** Every code of the catalogue: one that is new does not compile until it has its class. */
const classes: Record<ErrorCode, keyof typeof exitCodes> = {
  UNAUTHENTICATED: 'denied',
  INVALID_CREDENTIALS: 'denied',
  FORBIDDEN: 'denied',
  TWO_FACTOR_REQUIRED: 'denied',
  INVALID_FACTOR: 'denied',
  STEP_ENDED: 'denied',
  CONFIRMATION_REQUIRED: 'denied',
  NOT_FOUND: 'notFound',
  INVALID_INPUT: 'invalid',
  INVALID_REQUEST: 'invalid',
  INVALID_JOIN_TOKEN: 'invalid',
  TENANT_KIND: 'invalid',
  ADDRESS_LOOP: 'invalid',
  ALIAS_DOMAIN: 'invalid',
  VERSION_CONFLICT: 'conflict',
  PLAN_OUTDATED: 'conflict',
  REVERT_CONFLICT: 'conflict',
  ALREADY_EXISTS: 'conflict',
  NOT_EMPTY: 'conflict',
  LAST_ADMINISTRATOR: 'conflict',
  IDEMPOTENCY_KEY_REUSED: 'conflict',
  POLICY_LOCKED: 'conflict',
  POLICY_REFUSED: 'conflict',
  DOMAIN_NOT_PROVEN: 'conflict',
  BUDGET_EXCEEDED: 'conflict',
  NO_NODE: 'conflict',
  WRONG_STATE: 'conflict',
  IDENTITY_SOURCE_FAILED: 'unavailable',
  RATE_LIMITED: 'unavailable',
  SEARCH_TIMED_OUT: 'unavailable',
  INTERNAL: 'failed',
}

export const exitCodeOf = (code: string): number => (isErrorCode(code) ? exitCodes[classes[code]] : exitCodes.failed)

export class CommandFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: number = exitCodes.failed,
  ) {
    super(message)
  }
}

export const usageFailure = (message: string): CommandFailure => new CommandFailure(message, exitCodes.usage)

/** An error as the API tells it: in a payload, or in `extensions`. */
export interface ApiError {
  code: string
  message: string
  path?: string[] | null
  params?: { name: string; value: string }[] | null
  correlationId?: string
}

export class ApiFailure extends CommandFailure {
  constructor(readonly errors: ApiError[]) {
    super(errors.map(lineOf).join('\n'), exitCodeOf(errors[0]?.code ?? 'INTERNAL'))
  }
}

function lineOf({ code, message, path, params, correlationId }: ApiError): string {
  const at = path?.length ? ` at ${path.join('.')}` : ''
  const values = params?.length ? ` (${params.map(({ name, value }) => `${name}: ${value}`).join(', ')})` : ''
  return `${code}${at}: ${message}${values}${correlationId ? ` (correlation id ${correlationId})` : ''}`
}
