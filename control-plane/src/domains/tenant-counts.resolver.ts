/** What tenants have by way of domains. Whoever sees a tenant sees all below it, and so counts need no narrowing. */
import { Ctx, FieldResolver, Int, Resolver, Root } from 'type-graphql'
import type { AdminContext } from '../access/index.js'
import { Tenant } from '../tenants/index.js'
import { domainCountOfTenant, mailboxCountOfTenant } from './domain.loaders.js'

@Resolver(() => Tenant)
export class TenantCountsResolver {
  @FieldResolver(() => Int, { description: 'Domains of the tenant itself, not of tenants below it.' })
  domainCount(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<number> {
    return domainCountOfTenant(context).load(tenant.id)
  }

  @FieldResolver(() => Int, { description: 'Mailboxes in those domains.' })
  mailboxCount(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<number> {
    return mailboxCountOfTenant(context).load(tenant.id)
  }
}
