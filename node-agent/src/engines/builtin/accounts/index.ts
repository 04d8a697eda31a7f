export type { Authenticator, SignInAttempt, SignInResult, ScramAttempt } from './authenticator.js'
export { readDecoySecret } from './decoy-verifier.js'
export { isScram, signInByScram, SaslSyntaxError, type SaslDialogue } from './sasl/sign-in-by-scram.js'
export { createAuthenticator } from './create-authenticator.js'
