import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain, DomainPayload, domainPayload } from '../domains/index.js'
import {
  acceptDomainTransfer,
  cancelDomainTransfer,
  offerDomainTransfer,
  transferOfDomain,
} from './domain-transfer.service.js'
import {
  AcceptDomainTransferInput,
  CancelDomainTransferInput,
  DomainTransfer,
  OfferDomainTransferInput,
  OfferDomainTransferPayload,
  TransferDomainInput,
} from './domain-transfer.types.js'
import { transferDomain } from './transfer-domain.js'

@Resolver(() => Domain)
export class DomainTransferResolver {
  @FieldResolver(() => DomainTransfer, {
    nullable: true,
    description: 'Its offer to another tenant, while it stands; null also for whoever may not give the domain away.',
  })
  transferOffer(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<DomainTransfer | null> {
    return transferOfDomain(context).load(domain)
  }

  @Mutation(() => DomainPayload, {
    description:
      'With all in it, to another tenant. Mail flows on meanwhile. Takes the right at both sides: else `offerDomainTransfer`.',
  })
  @Allow('delete', 'Domain')
  async transferDomain(
    @Arg('input', () => TransferDomainInput) input: TransferDomainInput,
    @Ctx() context: AdminContext,
  ): Promise<DomainPayload> {
    return domainPayload(context, await transferDomain(context, input))
  }

  @Mutation(() => OfferDomainTransferPayload, {
    description:
      'Makes a code with which a tenant anywhere takes the domain, with all in it, by `acceptDomainTransfer`. It ends the offer before.',
  })
  @Allow('delete', 'Domain')
  async offerDomainTransfer(
    @Arg('input', () => OfferDomainTransferInput) input: OfferDomainTransferInput,
    @Ctx() context: AdminContext,
  ): Promise<OfferDomainTransferPayload> {
    const code = await offerDomainTransfer(context, input)
    return { ...(await domainPayload(context, input.domainId)), code }
  }

  @Mutation(() => DomainPayload, { description: 'Ends the offer: its code is worth nothing any more.' })
  @Allow('delete', 'Domain')
  async cancelDomainTransfer(
    @Arg('input', () => CancelDomainTransferInput) input: CancelDomainTransferInput,
    @Ctx() context: AdminContext,
  ): Promise<DomainPayload> {
    return domainPayload(context, await cancelDomainTransfer(context, input.domainId))
  }

  @Mutation(() => DomainPayload, {
    description: 'Takes a domain that was offered, with all in it, into a tenant whose budgets have room for it.',
  })
  @Allow('create', 'Domain')
  async acceptDomainTransfer(
    @Arg('input', () => AcceptDomainTransferInput) input: AcceptDomainTransferInput,
    @Ctx() context: AdminContext,
  ): Promise<DomainPayload> {
    return domainPayload(context, await acceptDomainTransfer(context, input))
  }
}
