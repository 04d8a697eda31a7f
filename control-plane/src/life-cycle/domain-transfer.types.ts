/** Inputs and payloads of transfers of domains. */
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql'
import { DomainPayload } from '../domains/index.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'

@InputType()
export class TransferDomainInput {
  @Field(() => ID, { description: 'Of the domain that changes hands.' })
  id: string

  @Field(() => Int, { description: 'The version that you have seen.' })
  version: number

  @Field(() => ID, { description: 'Who gets it. One must be allowed to create domains there.' })
  tenantId: string
}

@ObjectType({ description: 'That a domain is offered to whoever has the code.' })
export class DomainTransfer {
  @Field(() => String, { description: 'The e-mail address of the administrator who offered it.' })
  offeredBy: string

  @Field(() => DateTimeScalar, { description: 'When it was offered.' })
  createdAt: Date

  @Field(() => DateTimeScalar, { description: 'Until when it can be accepted.' })
  expiresAt: Date
}

@InputType()
export class OfferDomainTransferInput {
  @Field(() => ID, { description: 'The domain to give away, with all in it. Its ownership must be proven.' })
  domainId: string

  @Field(() => DateTimeScalar, { nullable: true, description: 'Within 30 days; absent: in 7 days.' })
  expiresAt?: Date | null
}

@ObjectType()
export class OfferDomainTransferPayload extends DomainPayload {
  @Field(() => String, { nullable: true, description: 'For whoever shall accept it. Shown once.' })
  code: string | null
}

@InputType()
export class CancelDomainTransferInput {
  @Field(() => ID, { description: 'The domain whose offer ends.' })
  domainId: string
}

@InputType()
export class AcceptDomainTransferInput {
  @Field(() => String, { description: 'That the giver was shown.' })
  code: string

  @Field(() => ID, { description: 'Who gets the domain. One must be allowed to create domains there.' })
  tenantId: string
}
