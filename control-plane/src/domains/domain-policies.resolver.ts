import { Ctx, FieldResolver, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../access/index.js'
import { ObjectPolicies, policiesOf } from '../policies/index.js'
import { Domain } from './domain.entity.js'

@Resolver(() => Domain)
export class DomainPoliciesResolver {
  /** Whoever sees the object sees what holds for it. */
  @FieldResolver(() => ObjectPolicies, { description: 'What is set at this domain, and what holds there.' })
  policies(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<ObjectPolicies> {
    return policiesOf(context, { tenantPath: domain.tenant.path, domainId: domain.id })
  }
}
