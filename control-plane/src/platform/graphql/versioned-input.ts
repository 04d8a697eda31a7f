import { Field, ID, InputType, Int } from 'type-graphql'

/** Which object, and the version of it that the caller saw. */
@InputType()
export class VersionedInput {
  @Field(() => ID)
  id: string

  @Field(() => Int)
  version: number
}
