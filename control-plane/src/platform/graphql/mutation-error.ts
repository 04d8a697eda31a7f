/** The one shape of an expected failure, in every payload. */
import { errorCodes, type ErrorCode } from '@mailfleet/schema'
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql'

const ErrorCodeEnum = Object.fromEntries(Object.keys(errorCodes).map((code) => [code, code])) as {
  [Code in ErrorCode]: Code
}
registerEnumType(ErrorCodeEnum, { name: 'ErrorCode' })

@ObjectType()
export class ErrorParam {
  @Field(() => String)
  name: string

  @Field(() => String)
  value: string
}

@ObjectType({
  description: 'An expected failure. The `code` is stable, the message English; `path` names the input field.',
})
export class MutationError {
  @Field(() => ErrorCodeEnum)
  code: ErrorCode

  @Field(() => String)
  message: string

  @Field(() => [String], { nullable: true })
  path: string[] | null

  @Field(() => [ErrorParam], { description: 'Values for a translated message.' })
  params: ErrorParam[]
}

/** What every payload has; `errors` is empty exactly when the mutation took effect. */
@ObjectType()
export abstract class Payload {
  @Field(() => [MutationError])
  errors: MutationError[] = []
}

@ObjectType()
export class EmptyPayload extends Payload {}

@ObjectType()
export class DeletePayload extends Payload {
  @Field(() => ID, { nullable: true })
  deletedId: string | null
}
