export type { Authenticator, SignInAttempt, SignInResult } from './authenticator.js'
export { createAuthenticator, type AuthenticatorOptions } from './create-authenticator.js'
export { standardPolicy, type ThrottlePolicy } from './throttle.js'
