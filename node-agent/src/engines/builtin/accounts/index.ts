export type { Authenticator, SignInAttempt } from './authenticator.js'
export { createAuthenticator } from './create-authenticator.js'
