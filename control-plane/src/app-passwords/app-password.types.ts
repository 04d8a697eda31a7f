/** Inputs, payloads and connection of app passwords. */
import type { AppPasswordProtocol } from '@mailfleet/schema'
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { AppPassword, AppPasswordProtocolEnum } from './app-password.entity.js'

@ObjectType()
class AppPasswordEdge extends edgeOf(AppPassword) {}

@ObjectType()
export class AppPasswordConnection extends countedConnectionOf(AppPassword, AppPasswordEdge) {}

@InputType()
export class AppPasswordFilter {
  @Field(() => ID, { nullable: true })
  mailboxId?: string | null
}

@ArgsType()
export class AppPasswordsArguments extends PageArguments {
  @Field(() => AppPasswordFilter, { nullable: true })
  filter?: AppPasswordFilter | null
}

@InputType()
export class CreateAppPasswordInput {
  @Field(() => ID, { description: 'Whose mail it opens.' })
  mailboxId: string

  @Field(() => String, { description: 'For people: which program has it, and where.' })
  name: string

  @Field(() => [AppPasswordProtocolEnum], { nullable: true, description: 'Absent: all.' })
  protocols?: AppPasswordProtocol[] | null

  @Field(() => [String], {
    nullable: true,
    description: 'At most 20 addresses, or ranges of them in CIDR notation. Absent or empty: from anywhere.',
  })
  networks?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'In the future; absent: it does not end.' })
  expiresAt?: Date | null
}

@ObjectType()
export class CreateAppPasswordPayload extends Payload {
  @Field(() => AppPassword, { nullable: true })
  appPassword: AppPassword | null

  @Field(() => String, { nullable: true, description: 'Shown once.' })
  secret: string | null
}
