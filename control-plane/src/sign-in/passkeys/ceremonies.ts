/**
 * The two ceremonies of Web Authentication: registration and authentication. Passkeys are discoverable and always verify their
 * user, so that one of them alone is two factors.
 */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
  type AuthenticationResponseJSON,
  type AuthenticatorTransport,
  type RegistrationResponseJSON,
} from '@simplewebauthn/server'
import type { EntityManager } from 'typeorm'
import { z } from 'zod'
import { newId } from '../../platform/ids.js'
import type { Step } from '../steps.js'
import { Passkey } from './passkey.entity.js'
import type { RelyingParty } from './relying-party.js'

const relyingPartyName = 'Mailfleet'
const maxResponse = 65_536
export const maxPasskeys = 20

const base64url = z.string().regex(/^[\w-]*$/)
const envelope = { id: base64url.min(1).max(2_000), rawId: base64url, type: z.literal('public-key') }
const registrationResponse = z.object({
  ...envelope,
  response: z.looseObject({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(20)).max(10).optional(),
  }),
  clientExtensionResults: z.looseObject({}).default({}),
})
const authenticationResponse = z.object({
  ...envelope,
  response: z.looseObject({ clientDataJSON: base64url, authenticatorData: base64url, signature: base64url }),
  clientExtensionResults: z.looseObject({}).default({}),
})

/** What a browser sent, as JSON text; null where it is none such. */
function parse<T>(shape: z.ZodType<T>, text: string): T | null {
  if (text.length > maxResponse) return null
  try {
    return shape.safeParse(JSON.parse(text)).data ?? null
  } catch {
    return null
  }
}

export async function registrationOptions(
  party: RelyingParty,
  owner: { id: string; email: string; name: string },
  known: readonly Passkey[],
) {
  return generateRegistrationOptions({
    rpName: relyingPartyName,
    rpID: party.id,
    userID: new Uint8Array(Buffer.from(owner.id.replaceAll('-', ''), 'hex')),
    userName: owner.email,
    userDisplayName: owner.name,
    attestationType: 'none',
    excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  })
}

export async function registered(step: Step, response: string) {
  const parsed = parse(registrationResponse, response)
  if (!parsed || step.challenge === null || step.origin === null) return null
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: parsed as RegistrationResponseJSON,
      expectedChallenge: step.challenge,
      expectedOrigin: step.origin,
      expectedRPID: new URL(step.origin).hostname,
    })
    if (!verified) return null
    const { credential, credentialBackedUp } = registrationInfo
    return {
      id: newId(),
      credentialId: credential.id,
      publicKey: Buffer.from(credential.publicKey),
      signCount: String(credential.counter),
      transports: parsed.response.transports ?? [],
      backedUp: credentialBackedUp,
    }
  } catch {
    // The library throws for whatever does not fit.
    return null
  }
}

/** `known`: none where whoever signs in has not said who they are. */
export const authenticationOptions = (party: RelyingParty, known: readonly Passkey[]) =>
  generateAuthenticationOptions({
    rpID: party.id,
    userVerification: 'required',
    allowCredentials: known.map(({ credentialId, transports }) => ({
      id: credentialId,
      transports: transports as AuthenticatorTransport[],
    })),
  })

/** The passkey that answered the step's challenge, with its count moved on. */
export async function authenticated(manager: EntityManager, step: Step, response: string): Promise<Passkey | null> {
  const parsed = parse(authenticationResponse, response)
  if (!parsed || step.challenge === null || step.origin === null) return null
  const passkey = await manager.findOne(Passkey, {
    where: { credentialId: parsed.id, ...(step.administratorId !== null && { administratorId: step.administratorId }) },
    lock: { mode: 'pessimistic_write' },
  })
  if (!passkey) return null
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: parsed as AuthenticationResponseJSON,
      expectedChallenge: step.challenge,
      expectedOrigin: step.origin,
      expectedRPID: new URL(step.origin).hostname,
      credential: {
        id: passkey.credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        counter: Number(passkey.signCount),
      },
    })
    if (!verified) return null
    const { newCounter, credentialBackedUp } = authenticationInfo
    const used = { signCount: String(newCounter), backedUp: credentialBackedUp, lastUsedAt: new Date() }
    await manager.update(Passkey, { id: passkey.id }, used)
    return passkey
  } catch {
    return null
  }
}
