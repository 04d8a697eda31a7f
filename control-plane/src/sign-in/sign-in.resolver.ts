import { Arg, Args, Ctx, ID, Mutation, Query, Resolver } from 'type-graphql'
import { Allow, packedRulesOf, Public, SignedIn, type AdminContext } from '../access/index.js'
import { visibleAdministrator } from '../administrators/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload, EmptyPayload } from '../platform/graphql/mutation-error.js'
import { forgetLoaded } from '../platform/loader.js'
import type { ApiToken } from './api-token.entity.js'
import { createApiToken, deleteApiToken, listApiTokens } from './api-token.service.js'
import type { AttemptLimits } from './attempt-limits.js'
import { changePassword, signIn, signOut } from './sign-in.service.js'
import {
  ApiTokenConnection,
  ApiTokenPayload,
  ApiTokensArguments,
  ChangePasswordInput,
  CreateApiTokenInput,
  SignInInput,
  SignInPayload,
  ViewerType,
} from './sign-in.types.js'

@Resolver()
export class SignInResolver {
  constructor(
    private readonly limits: AttemptLimits,
    private readonly secureCookies: boolean,
  ) {}

  @Query(() => ViewerType, { nullable: true, description: 'Null when nobody is signed in.' })
  @Public()
  async viewer(@Ctx() context: AdminContext): Promise<ViewerType | null> {
    if (!context.viewer) return null
    const administrator = await visibleAdministrator(context, context.viewer.administratorId)
    return administrator && { administrator, packedRules: packedRulesOf(context.viewer.ability) }
  }

  @Mutation(() => SignInPayload, { description: 'Sets the session cookie.' })
  @Public()
  async signIn(
    @Arg('input', () => SignInInput) input: SignInInput,
    @Ctx() context: AdminContext,
  ): Promise<SignInPayload> {
    await signIn(context, this.limits, this.secureCookies, input)
    forgetLoaded(context)
    return { viewer: await this.viewer(context), errors: [] }
  }

  @Mutation(() => EmptyPayload)
  @Public()
  async signOut(@Ctx() context: AdminContext): Promise<EmptyPayload> {
    await signOut(context, this.secureCookies)
    return { errors: [] }
  }

  @Mutation(() => EmptyPayload, { description: 'Ends all other sessions.' })
  @SignedIn()
  async changePassword(
    @Arg('input', () => ChangePasswordInput) input: ChangePasswordInput,
    @Ctx() context: AdminContext,
  ): Promise<EmptyPayload> {
    await changePassword(context, this.limits, input)
    return { errors: [] }
  }

  @Query(() => ApiTokenConnection)
  @Allow('read', 'ApiToken')
  apiTokens(
    @Args(() => ApiTokensArguments) request: ApiTokensArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<ApiToken>> {
    return listApiTokens(context, request)
  }

  @Mutation(() => ApiTokenPayload)
  @Allow('create', 'ApiToken')
  async createApiToken(
    @Arg('input', () => CreateApiTokenInput) input: CreateApiTokenInput,
    @Ctx() context: AdminContext,
  ): Promise<ApiTokenPayload> {
    return { ...(await createApiToken(context, input)), errors: [] }
  }

  @Mutation(() => DeletePayload)
  @Allow('delete', 'ApiToken')
  async deleteApiToken(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await deleteApiToken(context, id), errors: [] }
  }
}
