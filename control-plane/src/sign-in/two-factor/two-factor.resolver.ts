import { Arg, Ctx, ID, Mutation, Resolver } from 'type-graphql'
import { Allow, SignedIn, type AdminContext } from '../../access/index.js'
import { AdministratorPayload, visibleAdministrator } from '../../administrators/index.js'
import { DeletePayload, EmptyPayload } from '../../platform/graphql/mutation-error.js'
import { forgetLoaded } from '../../platform/loader.js'
import type { SignInSettings } from '../sign-in-settings.js'
import { beginConfirmation, confirmIdentity } from './confirmation.js'
import {
  beginPasskeyRegistration,
  beginTotpEnrolment,
  confirmTotpEnrolment,
  deletePasskey,
  finishPasskeyRegistration,
  removeTotp,
  renamePasskey,
  renewOwnRecoveryCodes,
  resetTwoFactor,
} from './two-factor.service.js'
import {
  ConfirmIdentityInput,
  ConfirmTotpInput,
  FactorStepPayload,
  FinishPasskeyRegistrationInput,
  PasskeyPayload,
  PasskeyStepPayload,
  RecoveryCodesPayload,
  RenamePasskeyInput,
  RenamePasskeyPayload,
  ResetTwoFactorInput,
  TotpPayload,
} from './two-factor.types.js'

@Resolver()
export class TwoFactorResolver {
  constructor(private readonly settings: SignInSettings) {}

  @Mutation(() => FactorStepPayload, { description: 'To show that it is you: before a change that lets somebody in.' })
  @SignedIn({ enrolling: true })
  async beginConfirmation(@Ctx() context: AdminContext): Promise<FactorStepPayload> {
    return { step: await beginConfirmation(context, this.settings), errors: [] }
  }

  @Mutation(() => EmptyPayload, { description: 'Holds for ten minutes, as signing in does.' })
  @SignedIn({ enrolling: true })
  async confirmIdentity(
    @Arg('input', () => ConfirmIdentityInput) input: ConfirmIdentityInput,
    @Ctx() context: AdminContext,
  ): Promise<EmptyPayload> {
    await confirmIdentity(context, this.settings, input)
    return { errors: [] }
  }

  @Mutation(() => TotpPayload, { description: 'The app is in use from `confirmTotp` on.' })
  @SignedIn({ enrolling: true })
  async beginTotp(@Ctx() context: AdminContext): Promise<TotpPayload> {
    return { ...(await beginTotpEnrolment(context)), errors: [] }
  }

  @Mutation(() => RecoveryCodesPayload, {
    description: 'In place of an app that was in use. Ends sessions that began without a second factor.',
  })
  @SignedIn({ enrolling: true })
  async confirmTotp(
    @Arg('input', () => ConfirmTotpInput) input: ConfirmTotpInput,
    @Ctx() context: AdminContext,
  ): Promise<RecoveryCodesPayload> {
    return { recoveryCodes: await confirmTotpEnrolment(context, this.settings, input.code), errors: [] }
  }

  @Mutation(() => EmptyPayload, {
    description: 'Takes the authenticator app away; refused where a second factor is demanded and it is the last.',
  })
  @SignedIn()
  async removeTotp(@Ctx() context: AdminContext): Promise<EmptyPayload> {
    await removeTotp(context)
    return { errors: [] }
  }

  @Mutation(() => RecoveryCodesPayload, { description: 'The old ones end.' })
  @SignedIn()
  async renewRecoveryCodes(@Ctx() context: AdminContext): Promise<RecoveryCodesPayload> {
    return { recoveryCodes: await renewOwnRecoveryCodes(context), errors: [] }
  }

  @Mutation(() => PasskeyStepPayload, {
    description: 'The first step to a new passkey: what the browser is to be asked for.',
  })
  @SignedIn({ enrolling: true })
  async beginPasskeyRegistration(@Ctx() context: AdminContext): Promise<PasskeyStepPayload> {
    return { ...(await beginPasskeyRegistration(context, this.settings)), errors: [] }
  }

  @Mutation(() => PasskeyPayload, { description: 'Ends sessions that began without a second factor.' })
  @SignedIn({ enrolling: true })
  async finishPasskeyRegistration(
    @Arg('input', () => FinishPasskeyRegistrationInput) input: FinishPasskeyRegistrationInput,
    @Ctx() context: AdminContext,
  ): Promise<PasskeyPayload> {
    return { ...(await finishPasskeyRegistration(context, input)), errors: [] }
  }

  @Mutation(() => RenamePasskeyPayload, { description: 'Changes what a passkey of the viewer is called.' })
  @SignedIn()
  async renamePasskey(
    @Arg('input', () => RenamePasskeyInput) input: RenamePasskeyInput,
    @Ctx() context: AdminContext,
  ): Promise<RenamePasskeyPayload> {
    return { passkey: await renamePasskey(context, input), errors: [] }
  }

  @Mutation(() => DeletePayload, {
    description: 'Takes a passkey of the viewer away; refused where a second factor is demanded and it is the last.',
  })
  @SignedIn()
  async deletePasskey(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await deletePasskey(context, id), errors: [] }
  }

  @Mutation(() => AdministratorPayload, {
    description: 'For somebody who has lost theirs: removes all second factors and ends the sessions.',
  })
  @Allow('update', 'Administrator')
  async resetTwoFactor(
    @Arg('input', () => ResetTwoFactorInput) input: ResetTwoFactorInput,
    @Ctx() context: AdminContext,
  ): Promise<AdministratorPayload> {
    const id = await resetTwoFactor(context, input.administratorId)
    forgetLoaded(context)
    return { administrator: await visibleAdministrator(context, id), errors: [] }
  }
}
