export type { Authenticator, SignInAttempt, SignInResult } from './authenticator.js'
export { createAuthenticator } from './create-authenticator.js'
