import { Arg, Ctx, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { deleteDomain, restoreDomain, setDomainStatus, waiveOwnership } from './domain-life-cycle.js'
import { domainPayload } from './domain.resolver.js'
import { DomainPayload } from './domain.types.js'

@Resolver()
export class DomainLifeCycleResolver {
  @Mutation(() => DomainPayload, {
    description: "Refuses the domain's mail and its mailboxes' sign-ins until it is resumed; nothing is lost.",
  })
  @Allow('suspend', 'Domain')
  async suspendDomain(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Arg('receiving', () => Boolean, { defaultValue: false, description: 'It still takes mail in.' })
    receiving: boolean,
    @Ctx() context: AdminContext,
  ) {
    return domainPayload(context, await setDomainStatus(context, input, 'SUSPENDED', receiving))
  }

  @Mutation(() => DomainPayload, { description: 'Takes a suspension back; what is suspended by itself stays so.' })
  @Allow('suspend', 'Domain')
  async resumeDomain(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return domainPayload(context, await setDomainStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, {
    description:
      'With all in it; `restoreDomain` undoes it for 30 days. One whose ownership is not proven goes at once.',
  })
  @Allow('delete', 'Domain')
  async deleteDomain(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Arg('permanently', () => Boolean, {
      defaultValue: false,
      description: 'Now and for good: nobody can restore it, its mail goes from the nodes, and its name is free again.',
    })
    permanently: boolean,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteDomain(context, input, permanently), errors: [] }
  }

  @Mutation(() => DomainPayload, { description: 'Undoes `deleteDomain`, until the domain is purged.' })
  @Allow('delete', 'Domain')
  async restoreDomain(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return domainPayload(context, await restoreDomain(context, input))
  }

  @Mutation(() => DomainPayload, { description: 'Takes the domain for proven. It ends all other claims to the name.' })
  @Allow('waive', 'Domain')
  async waiveDomainOwnership(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return domainPayload(context, await waiveOwnership(context, input))
  }
}
