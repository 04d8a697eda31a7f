/** Inputs and payloads of single sign-on. */
import { Field, ID, InputType, ObjectType } from 'type-graphql'
import { Payload } from '../../platform/graphql/mutation-error.js'

@InputType({ description: 'Either of both: an e-mail address, or a link of the tenant names the source.' })
export class BeginSingleSignOnInput {
  @Field(() => String, { nullable: true, description: 'Whose domain leads to a source; or else `identitySourceId`.' })
  email?: string | null

  @Field(() => ID, { nullable: true, description: 'A source of the kind `OIDC`; or else `email`.' })
  identitySourceId?: string | null
}

@ObjectType()
export class BeginSingleSignOnPayload extends Payload {
  @Field(() => String, { nullable: true, description: 'Where the browser goes next.' })
  authorizationUrl: string | null
}

@InputType()
export class FinishSingleSignOnInput {
  @Field(() => String, { description: 'The whole URL to which the issuer has sent the browser back.' })
  url: string
}

@ObjectType()
export class SignOutEverywherePayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: "Where the issuer's own session is ended; null where there is none.",
  })
  signOutUrl: string | null
}
