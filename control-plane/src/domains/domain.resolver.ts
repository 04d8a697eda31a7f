import { Arg, Args, Ctx, FieldResolver, ID, Int, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant } from '../tenants/index.js'
import { DomainStateEnum, stateOf, type DomainState } from './domain-state.js'
import { Domain } from './domain.entity.js'
import { aliasCountOfDomain, mailboxCountOfDomain } from './domain.loaders.js'
import { effectiveStatusOfDomain, listDomains, visibleDomain } from './domain.queries.js'
import { createDomain, updateDomain } from './domain.service.js'
import {
  CreateDomainInput,
  DomainConnection,
  DomainPayload,
  DomainsArguments,
  UpdateDomainInput,
} from './domain.types.js'

@Resolver(() => Domain)
export class DomainResolver {
  @Query(() => Domain, { nullable: true })
  @Allow('read', 'Domain')
  domain(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Domain | null> {
    return visibleDomain(context, id)
  }

  @Query(() => DomainConnection)
  @Allow('read', 'Domain')
  domains(
    @Args(() => DomainsArguments) request: DomainsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Domain>> {
    return listDomains(context, request)
  }

  @FieldResolver(() => DomainStateEnum, { description: 'How far it is on its way to working.' })
  state(@Root() domain: Domain): DomainState {
    return stateOf(domain)
  }

  @FieldResolver(() => StatusEnum, { description: '`SUSPENDED` also where a tenant above is.' })
  effectiveStatus(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<Status> {
    return effectiveStatusOfDomain(context, domain)
  }

  /** Whoever sees a domain sees its tenant: both are a matter of the same path. */
  @FieldResolver(() => Tenant, { description: 'Whose it is.' })
  tenant(@Root() domain: Domain): Tenant {
    return domain.tenant
  }

  @FieldResolver(() => Domain, {
    nullable: true,
    description: 'For which this one stands; null also where one may not see it.',
  })
  async aliasOf(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<Domain | null> {
    return domain.aliasOfId ? visibleDomain(context, domain.aliasOfId) : null
  }

  @FieldResolver(() => Int, { description: 'Mailboxes in it.' })
  mailboxCount(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<number> {
    return mailboxCountOfDomain(context).load(domain.id)
  }

  @FieldResolver(() => Int, { description: 'Aliases in it.' })
  aliasCount(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<number> {
    return aliasCountOfDomain(context).load(domain.id)
  }

  @Mutation(() => DomainPayload, {
    description: 'Makes a domain, which works once its ownership and its MX records are proven.',
  })
  @Allow('create', 'Domain')
  async createDomain(@Arg('input', () => CreateDomainInput) input: CreateDomainInput, @Ctx() context: AdminContext) {
    return domainPayload(context, await createDomain(context, input))
  }

  @Mutation(() => DomainPayload, { description: "Changes a domain's node or its catch-all address." })
  @Allow('update', 'Domain')
  async updateDomain(@Arg('input', () => UpdateDomainInput) input: UpdateDomainInput, @Ctx() context: AdminContext) {
    return domainPayload(context, await updateDomain(context, input))
  }
}

export async function domainPayload(context: AdminContext, id: string): Promise<DomainPayload> {
  forgetLoaded(context)
  return { domain: await visibleDomain(context, id), errors: [] }
}
