import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Public, type AdminContext } from '../../access/index.js'
import { SignInPayload, signOut, viewerOf } from '../../sign-in/index.js'
import { beginSingleSignOn, finishSingleSignOn, signOutUrl, type SignOn } from './single-sign-on.js'
import {
  BeginSingleSignOnInput,
  BeginSingleSignOnPayload,
  FinishSingleSignOnInput,
  SignOutEverywherePayload,
} from './single-sign-on.types.js'

@Resolver()
export class SingleSignOnResolver {
  constructor(private readonly signOn: SignOn) {}

  @Mutation(() => BeginSingleSignOnPayload, { description: 'NOT_FOUND where no source is led to.' })
  @Public()
  async beginSingleSignOn(
    @Arg('input', () => BeginSingleSignOnInput) input: BeginSingleSignOnInput,
    @Ctx() context: AdminContext,
  ): Promise<BeginSingleSignOnPayload> {
    return { authorizationUrl: await beginSingleSignOn(context, this.signOn, input), errors: [] }
  }

  @Mutation(() => SignInPayload, { description: 'Sets the session cookie, or answers with the step that comes first.' })
  @Public()
  async finishSingleSignOn(
    @Arg('input', () => FinishSingleSignOnInput) input: FinishSingleSignOnInput,
    @Ctx() context: AdminContext,
  ): Promise<SignInPayload> {
    const secondFactor = await finishSingleSignOn(context, this.signOn, input)
    return { viewer: secondFactor ? null : await viewerOf(context), secondFactor, errors: [] }
  }

  @Mutation(() => SignOutEverywherePayload, {
    description: 'As `signOut`, and says where to end the session of the issuer.',
  })
  @Public()
  async signOutEverywhere(@Ctx() context: AdminContext): Promise<SignOutEverywherePayload> {
    const url = await signOutUrl(context, this.signOn)
    await signOut(context, this.signOn.settings)
    return { signOutUrl: url, errors: [] }
  }
}
