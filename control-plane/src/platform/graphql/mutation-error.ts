/** The one shape of an expected failure, in every payload. */
import { errorCodes, type ErrorCode } from '@mailfleet/schema'
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'

const ErrorCodeEnum = Object.fromEntries(Object.keys(errorCodes).map((code) => [code, code])) as {
  [Code in ErrorCode]: Code
}
registerEnumType(ErrorCodeEnum, {
  name: 'ErrorCode',
  description: 'Why something was refused. A code is never renamed or given another meaning.',
  valuesConfig: Object.fromEntries(
    Object.entries(errorCodes).map(([code, description]) => [code, { description }]),
  ) as never,
})

@ObjectType({ description: 'A value for a translated message.' })
export class ErrorParam {
  @Field(() => String, { description: 'What the message calls it.' })
  name: string

  @Field(() => String, { description: 'The value; numbers too are text.' })
  value: string
}

@ObjectType({
  description: 'An expected failure. The `code` is stable, the message English; `path` names the input field.',
})
export class MutationError {
  @Field(() => ErrorCodeEnum, { description: 'For programs: it stays as it is.' })
  code: ErrorCode

  @Field(() => String, { description: 'For people who read English.' })
  message: string

  @Field(() => [String], { nullable: true, description: 'To the field of the input that is at fault.' })
  path: string[] | null

  @Field(() => [ErrorParam], { description: 'Values for a translated message.' })
  params: ErrorParam[]
}

/** What every payload has; `errors` is empty exactly when the mutation took effect. */
@ObjectType()
export abstract class Payload {
  @Field(() => [MutationError], { description: 'Empty exactly where the mutation took effect.' })
  errors: MutationError[] = []
}

@ObjectType({ description: 'That it was done, or why not.' })
export class EmptyPayload extends Payload {}

@ObjectType({ description: 'What is gone, or why it is not.' })
export class DeletePayload extends Payload {
  @Field(() => ID, { nullable: true, description: 'Of what is gone; null where it was refused.' })
  deletedId: string | null
}
