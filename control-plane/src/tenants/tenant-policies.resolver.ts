import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../access/index.js'
import { ObjectPolicies, policiesOf } from '../policies/index.js'
import { Tenant } from './tenant.entity.js'

@Resolver(() => Tenant)
export class TenantPoliciesResolver {
  /** Whoever sees the object sees what holds for it. */
  @FieldResolver(() => ObjectPolicies, { description: 'What is set at this tenant, and what holds there.' })
  policies(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<ObjectPolicies> {
    return policiesOf(context, { tenantPath: tenant.path })
  }
}
