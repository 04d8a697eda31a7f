/** Inputs, payloads and connection of DKIM keys. */
import type { DkimAlgorithm } from '@mailfleet/schema'
import { ArgsType, Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { SortDirectionEnum, type SortDirection } from '../platform/graphql/enums.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DkimAlgorithmEnum, DkimKey, DkimKeyStateEnum, type DkimKeyState } from './dkim-key.entity.js'

@ObjectType({ description: 'A TXT record.' })
export class DkimRecord {
  @Field(() => String, { description: 'A-labels, without the final dot.' })
  name: string

  @Field(() => String, { description: 'Providers’ forms take it whole; in a zone file it is cut into strings of 255.' })
  value: string
}

@ObjectType()
class DkimKeyEdge extends edgeOf(DkimKey) {}

@ObjectType()
export class DkimKeyConnection extends countedConnectionOf(DkimKey, DkimKeyEdge) {}

@InputType()
export class DkimKeyFilter {
  @Field(() => ID, { nullable: true })
  domainId?: string | null

  @Field(() => ID, { nullable: true })
  tenantId?: string | null

  @Field(() => ID, { nullable: true })
  withinId?: string | null

  @Field(() => DkimKeyStateEnum, { nullable: true })
  state?: DkimKeyState | null
}

export const DkimKeyOrderFieldEnum = { CREATED_AT: 'CREATED_AT' } as const
registerEnumType(DkimKeyOrderFieldEnum, { name: 'DkimKeyOrderField' })

@InputType()
export class DkimKeyOrder {
  @Field(() => DkimKeyOrderFieldEnum)
  field: keyof typeof DkimKeyOrderFieldEnum

  @Field(() => SortDirectionEnum, { defaultValue: SortDirectionEnum.ASC })
  direction: SortDirection
}

@ArgsType()
export class DkimKeysArguments extends PageArguments {
  @Field(() => DkimKeyFilter, { nullable: true })
  filter?: DkimKeyFilter | null

  @Field(() => DkimKeyOrder, { nullable: true })
  orderBy?: DkimKeyOrder | null
}

@InputType()
export class CreateDkimKeyInput {
  @Field(() => ID, { description: 'For which it is to sign.' })
  domainId: string

  @Field(() => DkimAlgorithmEnum, { nullable: true, description: 'Of a key that is made here; RSA_SHA256 by default.' })
  algorithm?: DkimAlgorithm | null

  @Field(() => String, { nullable: true, description: 'One label; the day and the algorithm by default.' })
  selector?: string | null

  @Field(() => String, {
    nullable: true,
    description: 'A key to bring along: PEM without a passphrase, RSA of 2048 to 4096 bits or Ed25519.',
  })
  privateKey?: string | null
}

@InputType()
export class RotateDkimKeysInput {
  @Field(() => ID, { description: 'Whose keys get successors.' })
  domainId: string
}

@ObjectType()
export class DkimKeyPayload extends Payload {
  @Field(() => DkimKey, { nullable: true })
  dkimKey: DkimKey | null
}

@ObjectType()
export class DkimKeysPayload extends Payload {
  @Field(() => [DkimKey], { nullable: true, description: 'Those whose records are to be published.' })
  dkimKeys: DkimKey[] | null
}
