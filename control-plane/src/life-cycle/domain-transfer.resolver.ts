import { Arg, Ctx, Field, ID, InputType, Int, Mutation, Resolver } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { DomainPayload, domainPayload } from '../domains/index.js'
import { transferDomain } from './transfer-domain.js'

@InputType()
export class TransferDomainInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => ID, { description: 'Who gets it. One must be allowed to create domains there.' })
  tenantId: string
}

@Resolver()
export class DomainTransferResolver {
  @Mutation(() => DomainPayload, { description: 'With all in it, to another tenant. Mail flows on meanwhile.' })
  @Allow('delete', 'Domain')
  async transferDomain(
    @Arg('input', () => TransferDomainInput) input: TransferDomainInput,
    @Ctx() context: AdminContext,
  ): Promise<DomainPayload> {
    return domainPayload(context, await transferDomain(context, input))
  }
}
