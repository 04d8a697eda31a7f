/** Inputs, payload and connection of API tokens. */
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../../platform/graphql/connection-types.js'
import { Payload } from '../../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../../platform/graphql/scalars.js'
import { AccessRuleInput } from '../../roles/index.js'
import { ApiToken } from './api-token.entity.js'

@ObjectType()
class ApiTokenEdge extends edgeOf(ApiToken) {}

@ObjectType()
export class ApiTokenConnection extends countedConnectionOf(ApiToken, ApiTokenEdge) {}

@InputType()
export class ApiTokenFilter {
  @Field(() => ID, { nullable: true, description: 'Absent: your own.' })
  administratorId?: string | null
}

@ArgsType()
export class ApiTokensArguments extends PageArguments {
  @Field(() => ApiTokenFilter, { nullable: true })
  filter?: ApiTokenFilter | null
}

@InputType()
export class CreateApiTokenInput {
  @Field(() => String, { description: 'The program that is to have it, for people.' })
  name: string

  @Field(() => [AccessRuleInput], {
    nullable: true,
    description: 'As those of custom roles. Absent: all that you may, at each moment.',
  })
  rules?: AccessRuleInput[] | null

  @Field(() => ID, { nullable: true, description: 'Where the rules hold. Absent: your own tenant.' })
  tenantId?: string | null

  @Field(() => [String], {
    nullable: true,
    description: 'Addresses, or ranges of them in CIDR notation, from which it may be used. Absent or empty: all.',
  })
  ipRanges?: string[] | null

  @Field(() => DateTimeScalar, { nullable: true, description: 'In the future; absent: it does not end.' })
  expiresAt?: Date | null
}

@ObjectType()
export class ApiTokenPayload extends Payload {
  @Field(() => ApiToken, { nullable: true })
  apiToken: ApiToken | null

  @Field(() => String, { nullable: true, description: 'Shown once.' })
  secret: string | null
}
