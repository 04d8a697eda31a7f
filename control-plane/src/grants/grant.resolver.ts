import type { GraphQLResolveInfo } from 'graphql'
import { Arg, Args, Ctx, FieldResolver, ID, Info, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, SignedIn, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { AccessRule } from '../roles/index.js'
import { Tenant, tenantSubject } from '../tenants/index.js'
import { Grant } from './grant.entity.js'
import { decideGrant, listGrants, offerGrant, requestGrant, revokeGrant, visibleGrant } from './grant.service.js'
import {
  DecideGrantInput,
  GrantConnection,
  GrantPayload,
  GrantsArguments,
  OfferGrantInput,
  RequestGrantInput,
} from './grant.types.js'

@Resolver(() => Grant)
export class GrantResolver {
  @Query(() => Grant, { nullable: true })
  @Allow('read', 'Grant')
  grant(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Grant | null> {
    return visibleGrant(context, id)
  }

  @Query(() => GrantConnection, { description: 'Given by tenants that one administers, and to oneself.' })
  @Allow('read', 'Grant')
  grants(
    @Args(() => GrantsArguments) request: GrantsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Grant>> {
    return listGrants(context, request)
  }

  @FieldResolver(() => [AccessRule], { description: 'What the receiver may do.' })
  rules(@Root() grant: Grant): AccessRule[] {
    return grant.rules as unknown as AccessRule[]
  }

  @FieldResolver(() => Tenant, { nullable: true, description: 'Who gives it.' })
  tenant(@Root() grant: Grant, @Ctx() context: AdminContext): Tenant | null {
    return may(context, 'read', tenantSubject(grant.tenant)) ? grant.tenant : null
  }

  @Mutation(() => GrantPayload, { description: 'Gives somebody of another tenant rights for a time.' })
  @Allow('create', 'Grant')
  async offerGrant(
    @Arg('input', () => OfferGrantInput) input: OfferGrantInput,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return payload(context, await offerGrant(context, info.schema, input))
  }

  @Mutation(() => GrantPayload, { description: 'For oneself, of a tenant that one sees.' })
  @SignedIn()
  async requestGrant(
    @Arg('input', () => RequestGrantInput) input: RequestGrantInput,
    @Ctx() context: AdminContext,
    @Info() info: GraphQLResolveInfo,
  ) {
    return payload(context, await requestGrant(context, info.schema, input))
  }

  @Mutation(() => GrantPayload, { description: 'Approves or declines what somebody has asked for.' })
  @Allow('update', 'Grant')
  async decideGrant(@Arg('input', () => DecideGrantInput) input: DecideGrantInput, @Ctx() context: AdminContext) {
    return payload(context, await decideGrant(context, input))
  }

  @Mutation(() => GrantPayload, { description: 'By whoever may give it, or the receiver; at once.' })
  @Allow('delete', 'Grant')
  async revokeGrant(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await revokeGrant(context, input))
  }
}

async function payload(context: AdminContext, id: string): Promise<GrantPayload> {
  forgetLoaded(context)
  return { grant: await visibleGrant(context, id), errors: [] }
}
