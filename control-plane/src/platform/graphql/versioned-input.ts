import { Field, ID, InputType, Int } from 'type-graphql'

@InputType({ description: 'Which object, and the version of it that the caller saw.' })
export class VersionedInput {
  @Field(() => ID, { description: 'Of the object.' })
  id: string

  @Field(() => Int, { description: 'The version that you have seen: another one is refused with VERSION_CONFLICT.' })
  version: number
}
