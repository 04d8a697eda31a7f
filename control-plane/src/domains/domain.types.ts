/** Inputs, payloads and connection of domains. */
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, StatusEnum, type SortDirection, type Status } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DomainStateEnum, type DomainState } from './domain-state.js'
import { Domain } from './domain.entity.js'

@ObjectType()
class DomainEdge extends edgeOf(Domain) {}

@ObjectType()
export class DomainConnection extends countedConnectionOf(Domain, DomainEdge) {}

@InputType()
export class DomainFilter {
  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => ID, { nullable: true })
  mailNodeId?: string | null

  @Field(() => ID, { nullable: true, description: 'Those that stand for this one.' })
  aliasOfId?: string | null

  @Field(() => StatusEnum, { nullable: true })
  status?: Status | null

  @Field(() => DomainStateEnum, { nullable: true })
  state?: DomainState | null

  @Field(() => Boolean, {
    nullable: true,
    description: 'Those that are deleted and can be restored, in place of all others.',
  })
  deleted?: boolean | null

  @Field(() => String, { nullable: true, description: 'Substring of the name, any case, U-labels or A-labels.' })
  search?: string | null
}

export const DomainOrderFieldEnum = { NAME: 'NAME', CREATED_AT: 'CREATED_AT' } as const
registerEnumType(DomainOrderFieldEnum, { name: 'DomainOrderField' })

@InputType()
export class DomainOrder {
  @Field(() => DomainOrderFieldEnum)
  field: keyof typeof DomainOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class DomainsArguments extends PageArguments {
  @Field(() => DomainFilter, { nullable: true })
  filter?: DomainFilter | null

  @Field(() => DomainOrder, { nullable: true })
  orderBy?: DomainOrder | null
}

export const OwnershipWayEnum = { PROVE: 'PROVE', WAIVE: 'WAIVE' } as const
export type OwnershipWay = keyof typeof OwnershipWayEnum
registerEnumType(OwnershipWayEnum, {
  name: 'OwnershipWay',
  description: 'How a domain comes to be proven.',
  valuesConfig: {
    PROVE: { description: 'By a TXT record that its owner publishes.' },
    WAIVE: { description: 'Without a proof, by whoever may do that.' },
  },
})

@InputType()
export class CreateDomainInput {
  @Field(() => ID, { description: 'Whose it is to be.' })
  tenantId: string

  @Field(() => String, { description: 'U-labels or A-labels.' })
  name: string

  @Field(() => ID, { nullable: true, description: 'Chosen among the active nodes when absent.' })
  mailNodeId?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'Where mail to addresses goes that there are not; absent: it is refused.',
  })
  catchAll?: string | null

  @Field(() => OwnershipWayEnum, {
    nullable: true,
    description:
      'Absent: WAIVE for whoever may waive the proof, PROVE for all others. A domain below one that the caller may change is proven with that.',
  })
  ownership?: OwnershipWay | null

  @Field(() => ID, {
    nullable: true,
    description:
      "A domain of the same tenant for which this one stands, with all its addresses; it is on that one's node.",
  })
  aliasOfId?: string | null
}

@InputType()
export class UpdateDomainInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number

  @Field(() => String, { nullable: true, description: 'Null removes the catch-all; absent leaves it.' })
  catchAll?: string | null

  @Field(() => ID, { nullable: true, description: 'Only while the domain has no mailboxes.' })
  mailNodeId?: string | null

  @Field(() => ID, {
    nullable: true,
    description: 'Only while the domain has no addresses of its own; null makes it a domain by itself again.',
  })
  aliasOfId?: string | null
}

@ObjectType()
export class DomainPayload extends Payload {
  @Field(() => Domain, { nullable: true })
  domain: Domain | null
}
