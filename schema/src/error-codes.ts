/**
 * The one catalogue of error codes of the GraphQL API. A code is never renamed or given another meaning. A test holds
 * this list, the SDL's enum, docs/api-errors.md and both locales of the console to each other.
 */
export const errorCodes = {
  /** Nobody is signed in, or the session or token has ended. */
  UNAUTHENTICATED: 'Sign in first.',
  /** The e-mail address or the password is wrong, or the account is suspended; which of them is not told. */
  INVALID_CREDENTIALS: 'The e-mail address or password is wrong.',
  /** The object does not exist, or the caller may not see it; which of them is not told. */
  NOT_FOUND: 'There is no such object.',
  /** The caller sees the object but may not do this. */
  FORBIDDEN: 'You may not do this.',
  /** An input field breaks a rule; `path` names it. */
  INVALID_INPUT: 'The input is not valid.',
  /** The request as such cannot be run: syntax, unknown fields, or too costly. */
  INVALID_REQUEST: 'The request is not valid.',
  /** `version` is not the current one: someone else changed the object. */
  VERSION_CONFLICT: 'The object was changed meanwhile. Load it again.',
  /** The name or address is taken, perhaps by something the caller may not see. */
  ALREADY_EXISTS: 'This name is already taken.',
  /** The object still holds others. */
  NOT_EMPTY: 'The object still contains others. Delete or move those first.',
  /** A tenant's kind does not fit under its parent's kind. */
  TENANT_KIND: 'A tenant of this kind cannot stand under that parent.',
  /** The last active platform administrator, or oneself, cannot be suspended or deleted. */
  LAST_ADMINISTRATOR: 'The last platform administrator must stay.',
  /** No node can take the domain. */
  NO_NODE: 'There is no active mail node for this domain.',
  /** An alias or a forward leads back to itself. */
  ADDRESS_LOOP: 'The address leads back to itself.',
  /** A domain that stands for another has no addresses, and no domain stands for it. */
  ALIAS_DOMAIN: 'A domain that stands for another has nothing of its own.',
  /** What was allotted to the tenant, or to one above it, does not suffice; `params.resource` says what. */
  BUDGET_EXCEEDED: 'The budget does not suffice.',
  /** Too many tries; `params.retryAfter` is in seconds. */
  RATE_LIMITED: 'Too many tries. Wait a moment.',
  /** A node's join token is used, expired, or was never valid. */
  INVALID_JOIN_TOKEN: 'The join token is not valid.',
  /** The administrator must have a second factor and has none: may set one up, and nothing else. */
  TWO_FACTOR_REQUIRED: 'Set up a second factor first.',
  /** The code or the passkey is wrong, or was used before. */
  INVALID_FACTOR: 'The code or the passkey is not right.',
  /** A step of signing in or of confirming has ended: too late, too many wrong tries, or done. */
  STEP_ENDED: 'This step has ended. Begin again.',
  /** It takes a recent proof that the owner of the session sits there: `beginConfirmation`. */
  CONFIRMATION_REQUIRED: 'Confirm first that it is you.',
  /** The same Idempotency-Key came with another request before. */
  IDEMPOTENCY_KEY_REUSED: 'This idempotency key belongs to another request.',
  /** A level above has locked the policy, or somebody higher has locked it here. */
  POLICY_LOCKED: 'This policy is locked.',
  /** A policy in force does not allow it; `params.policy` names its kind. */
  POLICY_REFUSED: 'A policy does not allow this.',
  /** Nobody has shown yet whose domain it is: nothing can be made in it. */
  DOMAIN_NOT_PROVEN: 'Prove first that the domain is yours.',
  /** What the object is in the middle of, or has behind it, does not allow it; `params.state` says what that is. */
  WRONG_STATE: 'The object is not in a state that allows this.',
  /** Signing in through an issuer or directory, or a look into one, did not succeed; who administers the source sees why in `message`. */
  IDENTITY_SOURCE_FAILED: 'Signing in with your organisation did not succeed.',
  /** What the plan was made for has changed since. */
  PLAN_OUTDATED: 'Something has changed since this plan was made. Plan again.',
  /** A search looked through more than it has time for; a shorter range of time, or more of a text, helps. */
  SEARCH_TIMED_OUT: 'The search took too long. Narrow it, by time above all.',
  /** What is to be taken back was changed again since; `params.count` says how many fields, and the payload which. */
  REVERT_CONFLICT: 'Something was changed again since.',
  /** Something unforeseen; `correlationId` finds it in the server's log. */
  INTERNAL: 'Something went wrong on our side.',
} as const

export type ErrorCode = keyof typeof errorCodes
export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(errorCodes, code)
