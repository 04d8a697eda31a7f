/**
 * SASL mechanisms beside PLAIN and LOGIN, for every protocol: the wire is the protocol's, the exchange and its outcome are the same.
 * A mechanism is listed, and taken, only while it can work.
 */
import type { Directory } from '../../../../config/directory.js'
import type { Authenticator, ScramAttempt, SignInResult } from '../authenticator.js'
import type { SaslDialogue } from './sasl-dialogue.js'
import { signInByScram } from './sign-in-by-scram.js'
import { parseOauthBearer, parseXoauth2, signInByToken } from './sign-in-by-token.js'

interface Mechanism {
  name: string
  offered(directory: Directory): boolean
  signIn(
    authenticator: Authenticator,
    about: Omit<ScramAttempt, 'login'>,
    initial: Buffer | null,
    dialogue: SaslDialogue,
    directory: Directory,
  ): Promise<SignInResult>
}

const hasIssuers = (directory: Directory): boolean => directory.settings().oauthIssuers.length > 0

const mechanisms: Mechanism[] = [
  { name: 'SCRAM-SHA-256', offered: (directory) => directory.scramReady(), signIn: signInByScram },
  { name: 'OAUTHBEARER', offered: hasIssuers, signIn: signInByToken(parseOauthBearer) },
  { name: 'XOAUTH2', offered: hasIssuers, signIn: signInByToken(parseXoauth2) },
]

export const offeredMechanisms = (directory: Directory): string[] =>
  mechanisms.filter(({ offered }) => offered(directory)).map(({ name }) => name)

/** How to sign in by a mechanism; undefined where it is not offered. Throws `SaslSyntaxError`, which is no guess at a password. */
export const findMechanism = (name: string, directory: Directory): Mechanism['signIn'] | undefined =>
  mechanisms.find((mechanism) => mechanism.name === name && mechanism.offered(directory))?.signIn
