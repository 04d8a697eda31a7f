/** Types of second factors and of the steps that ask for one. */
import { Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Payload } from '../../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'
import { Passkey } from '../passkeys/passkey.entity.js'

export const FactorMethodEnum = {
  PASSKEY: 'PASSKEY',
  TOTP: 'TOTP',
  RECOVERY_CODE: 'RECOVERY_CODE',
  PASSWORD: 'PASSWORD',
} as const
export type FactorMethod = keyof typeof FactorMethodEnum
registerEnumType(FactorMethodEnum, {
  name: 'FactorMethod',
  description: 'With what somebody shows once more that it is them.',
  valuesConfig: {
    PASSKEY: { description: 'A passkey (WebAuthn).' },
    TOTP: { description: 'A code of an authenticator app (RFC 6238).' },
    RECOVERY_CODE: { description: 'One of the codes for when all else is lost; each works once.' },
    PASSWORD: { description: 'The password, for who has nothing else.' },
  },
})

@ObjectType({ description: 'A step that has to be passed next; good for five minutes and five tries.' })
export class FactorStep {
  @Field(() => String, { description: 'Names the step when it is passed. It is no session.' })
  token: string

  @Field(() => [FactorMethodEnum], { description: 'By any one of these.' })
  methods: FactorMethod[]

  @Field(() => String, {
    nullable: true,
    description: '`PublicKeyCredentialRequestOptionsJSON`, where passkeys can be used.',
  })
  passkeyOptions: string | null

  @Field(() => DateTimeScalar, { description: 'Until when the step can be taken.' })
  expiresAt: Date
}

@InputType()
export abstract class FactorProof {
  @Field(() => String, { description: 'Of the step.' })
  token: string

  @Field(() => String, { nullable: true, description: 'Six digits of the authenticator app.' })
  code?: string | null

  @Field(() => String, { nullable: true, description: 'One that has not been used; it is used up by this.' })
  recoveryCode?: string | null

  @Field(() => String, { nullable: true, description: '`AuthenticationResponseJSON`, as JSON text.' })
  passkey?: string | null

  @Field(() => String, { nullable: true, description: 'To confirm, by those who have no second factor.' })
  password?: string | null
}

@InputType({ description: 'One of code, recoveryCode and passkey.' })
export class VerifySecondFactorInput extends FactorProof {}

@InputType({ description: 'One of code, recoveryCode, passkey and password.' })
export class ConfirmIdentityInput extends FactorProof {}

@ObjectType()
export class FactorStepPayload extends Payload {
  @Field(() => FactorStep, { nullable: true })
  step: FactorStep | null
}

@ObjectType({ description: "One's own second factors." })
export class TwoFactor {
  @Field(() => Boolean, { description: 'An authenticator app is in use.' })
  totp: boolean

  @Field(() => Int, { description: 'How many have not been used.' })
  recoveryCodesLeft: number

  @Field(() => [Passkey], { description: 'All that are registered.' })
  passkeys: Passkey[]

  @Field(() => Boolean, { description: 'The tenant, or one above it, demands a second factor.' })
  required: boolean
}

@ObjectType()
export class TotpPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'Base32. Shown once.' })
  secret: string | null

  @Field(() => String, { nullable: true, description: '`otpauth:` for a QR code.' })
  uri: string | null
}

@InputType()
export class ConfirmTotpInput {
  @Field(() => String, { description: 'Six digits, as the authenticator app shows them.' })
  code: string
}

@ObjectType()
export class RecoveryCodesPayload extends Payload {
  @Field(() => [String], { nullable: true, description: 'Shown once. Null where those given out before still hold.' })
  recoveryCodes: string[] | null
}

@ObjectType()
export class PasskeyStepPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'Goes into the next step; null where there is none.' })
  token: string | null

  @Field(() => String, { nullable: true, description: 'For the browser, as JSON text.' })
  options: string | null
}

@InputType()
export class FinishPasskeyRegistrationInput {
  @Field(() => String, { description: 'Of `beginPasskeyRegistration`.' })
  token: string

  @Field(() => String, { description: 'For its owner.' })
  name: string

  @Field(() => String, { description: '`RegistrationResponseJSON`, as JSON text.' })
  response: string
}

@ObjectType()
export class PasskeyPayload extends Payload {
  @Field(() => Passkey, { nullable: true })
  passkey: Passkey | null

  @Field(() => [String], { nullable: true, description: 'With the first factor: recovery codes. Shown once.' })
  recoveryCodes: string[] | null
}

@InputType()
export class RenamePasskeyInput {
  @Field(() => ID)
  id: string

  @Field(() => String, { description: 'For its owner.' })
  name: string
}

@ObjectType()
export class RenamePasskeyPayload extends Payload {
  @Field(() => Passkey, { nullable: true })
  passkey: Passkey | null
}

@InputType()
export class FinishPasskeySignInInput {
  @Field(() => String, { description: 'Of `beginPasskeySignIn`.' })
  token: string

  @Field(() => String, { description: '`AuthenticationResponseJSON`, as JSON text.' })
  response: string
}

@InputType()
export class ResetTwoFactorInput {
  @Field(() => ID, { description: 'Whose second factors are taken away.' })
  administratorId: string
}
