import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql'
import { Public, SignedIn, type AdminContext } from '../access/index.js'
import { EmptyPayload } from '../platform/graphql/mutation-error.js'
import { beginPasskeySignIn, finishPasskeySignIn } from './passkeys/passkey-sign-in.js'
import type { SignInSettings } from './sign-in-settings.js'
import { changePassword, signIn, signOut, verifySecondFactor } from './sign-in.service.js'
import { ChangePasswordInput, SignInInput, SignInPayload, ViewerType } from './sign-in.types.js'
import { viewerOf } from './viewer.js'
import { FinishPasskeySignInInput, PasskeyStepPayload, VerifySecondFactorInput } from './two-factor/two-factor.types.js'

@Resolver()
export class SignInResolver {
  constructor(private readonly settings: SignInSettings) {}

  @Query(() => ViewerType, { nullable: true, description: 'Null when nobody is signed in.' })
  @Public()
  viewer(@Ctx() context: AdminContext): Promise<ViewerType | null> {
    return viewerOf(context)
  }

  @Mutation(() => SignInPayload, { description: 'Sets the session cookie, or answers with the step that comes first.' })
  @Public()
  async signIn(
    @Arg('input', () => SignInInput) input: SignInInput,
    @Ctx() context: AdminContext,
  ): Promise<SignInPayload> {
    const secondFactor = await signIn(context, this.settings, input)
    return { viewer: secondFactor ? null : await this.viewer(context), secondFactor, errors: [] }
  }

  @Mutation(() => SignInPayload, {
    description: 'Passes the step that `signIn` answered with, and sets the session cookie.',
  })
  @Public()
  async verifySecondFactor(
    @Arg('input', () => VerifySecondFactorInput) input: VerifySecondFactorInput,
    @Ctx() context: AdminContext,
  ): Promise<SignInPayload> {
    await verifySecondFactor(context, this.settings, input)
    return { viewer: await this.viewer(context), secondFactor: null, errors: [] }
  }

  @Mutation(() => PasskeyStepPayload, { description: 'Signing in with a passkey alone.' })
  @Public()
  async beginPasskeySignIn(@Ctx() context: AdminContext): Promise<PasskeyStepPayload> {
    return { ...(await beginPasskeySignIn(context, this.settings)), errors: [] }
  }

  @Mutation(() => SignInPayload, { description: 'Sets the session cookie.' })
  @Public()
  async finishPasskeySignIn(
    @Arg('input', () => FinishPasskeySignInInput) input: FinishPasskeySignInInput,
    @Ctx() context: AdminContext,
  ): Promise<SignInPayload> {
    await finishPasskeySignIn(context, this.settings, input)
    return { viewer: await this.viewer(context), secondFactor: null, errors: [] }
  }

  @Mutation(() => EmptyPayload, { description: 'Ends the session in which this is asked.' })
  @Public()
  async signOut(@Ctx() context: AdminContext): Promise<EmptyPayload> {
    await signOut(context, this.settings)
    return { errors: [] }
  }

  @Mutation(() => EmptyPayload, { description: 'Ends all other sessions.' })
  @SignedIn()
  async changePassword(
    @Arg('input', () => ChangePasswordInput) input: ChangePasswordInput,
    @Ctx() context: AdminContext,
  ): Promise<EmptyPayload> {
    await changePassword(context, this.settings, input)
    return { errors: [] }
  }
}
