import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../../access/index.js'
import { Administrator, administratorSubject } from '../../administrators/index.js'
import type { ConnectionValue } from '../../platform/graphql/connection-types.js'
import { DeletePayload } from '../../platform/graphql/mutation-error.js'
import { AccessRule } from '../../roles/index.js'
import { Tenant, tenantSubject } from '../../tenants/index.js'
import { ApiToken } from './api-token.entity.js'
import { createApiToken, deleteApiToken, listApiTokens } from './api-token.service.js'
import { ApiTokenConnection, ApiTokenPayload, ApiTokensArguments, CreateApiTokenInput } from './api-token.types.js'

@Resolver(() => ApiToken)
export class ApiTokenResolver {
  @Query(() => ApiTokenConnection, { description: 'Newest first.' })
  @Allow('read', 'ApiToken')
  apiTokens(
    @Args(() => ApiTokensArguments) request: ApiTokensArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<ApiToken>> {
    return listApiTokens(context, request)
  }

  @FieldResolver(() => [AccessRule], { nullable: true, description: 'Null: all that its administrator may.' })
  rules(@Root() token: ApiToken): AccessRule[] | null {
    return token.rules as unknown as AccessRule[] | null
  }

  @FieldResolver(() => Tenant, {
    nullable: true,
    description: 'Where it holds, with all below; null: wherever its administrator may something.',
  })
  tenant(@Root() token: ApiToken, @Ctx() context: AdminContext): Tenant | null {
    return token.tenant && may(context, 'read', tenantSubject(token.tenant)) ? token.tenant : null
  }

  @FieldResolver(() => Administrator, {
    nullable: true,
    description: 'In whose name it acts; null where the viewer may not see them.',
  })
  administrator(@Root() token: ApiToken, @Ctx() context: AdminContext): Administrator | null {
    return may(context, 'read', administratorSubject(token.administrator)) ? token.administrator : null
  }

  @Mutation(() => ApiTokenPayload, { description: 'In a session only: a token makes no tokens.' })
  @Allow('create', 'ApiToken')
  async createApiToken(
    @Arg('input', () => CreateApiTokenInput) input: CreateApiTokenInput,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<ApiTokenPayload> {
    return { ...(await createApiToken(context, info.schema, input)), errors: [] }
  }

  @Mutation(() => DeletePayload, { description: 'Ends it at once.' })
  @Allow('delete', 'ApiToken')
  async deleteApiToken(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await deleteApiToken(context, id), errors: [] }
  }
}
