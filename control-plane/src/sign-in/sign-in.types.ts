/** Types of sign-in and the viewer. */
import { Field, InputType, ObjectType } from 'type-graphql'
import { Administrator } from '../administrators/index.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { FactorStep } from './two-factor/two-factor.types.js'

@ObjectType('Viewer', { description: 'Who is signed in, and the CASL rules that shape the console.' })
export class ViewerType {
  @Field(() => Administrator, { description: 'In whose name this is asked.' })
  administrator: Administrator

  @Field(() => String, { description: "CASL's packed rules (`unpackRules`), as JSON text." })
  packedRules: string

  @Field(() => Boolean, {
    description: 'A second factor is demanded and there is none: nothing else can be done before.',
  })
  mustEnrol: boolean

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Until when changes of second factors need no `confirmIdentity`.',
  })
  confirmedUntil: Date | null
}

@InputType()
export class SignInInput {
  @Field(() => String, { description: 'As their administrator has it.' })
  email: string

  @Field(() => String, { description: 'Their own here, or that of the directory in which they are kept.' })
  password: string
}

@ObjectType()
export class SignInPayload extends Payload {
  @Field(() => ViewerType, { nullable: true })
  viewer: ViewerType | null

  @Field(() => FactorStep, { nullable: true, description: 'What has to be passed first: `verifySecondFactor`.' })
  secondFactor: FactorStep | null
}

@InputType()
export class ChangePasswordInput {
  @Field(() => String, { description: 'To show that it is the owner.' })
  currentPassword: string

  @Field(() => String, { description: "As the tenant's password policies demand." })
  newPassword: string
}
