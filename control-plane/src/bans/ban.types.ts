/** Connection and filter of bans. */
import { ArgsType, Field, InputType, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Ban } from './ban.entity.js'

@ObjectType()
class BanEdge extends edgeOf(Ban) {}

@ObjectType()
export class BanConnection extends countedConnectionOf(Ban, BanEdge) {}

@InputType()
export class BanFilter {
  @Field(() => String, { nullable: true, description: 'The ban that holds for this address.' })
  address?: string | null
}

@ArgsType()
export class BansArguments extends PageArguments {
  @Field(() => BanFilter, { nullable: true })
  filter?: BanFilter | null
}
