import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { forgetLoaded } from '../platform/loader.js'
import { TenantPayload, visibleTenant } from '../tenants/index.js'
import { moveTenant } from './move-tenant.js'

@InputType()
export class MoveTenantInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => ID, { description: 'The tenant below which it is to be.' })
  parentId: string
}

@Resolver()
export class TenantMoveResolver {
  @Mutation(() => TenantPayload, { description: 'With all below it, under another tenant.' })
  @Allow('delete', 'Tenant')
  async moveTenant(
    @Arg('input', () => MoveTenantInput) input: MoveTenantInput,
    @Ctx() context: AdminContext,
  ): Promise<TenantPayload> {
    const id = await moveTenant(context, input)
    forgetLoaded(context)
    return { tenant: await visibleTenant(context, id), errors: [] }
  }
}
