/** Connection and filter of sessions. */
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../../platform/graphql/connection-types.js'
import { Session } from './session.entity.js'

@ObjectType()
class SessionEdge extends edgeOf(Session) {}

@ObjectType()
export class SessionConnection extends countedConnectionOf(Session, SessionEdge) {}

@InputType()
export class SessionFilter {
  @Field(() => ID, { nullable: true, description: 'Absent: your own.' })
  administratorId?: string | null
}

@ArgsType()
export class SessionsArguments extends PageArguments {
  @Field(() => SessionFilter, { nullable: true })
  filter?: SessionFilter | null
}
