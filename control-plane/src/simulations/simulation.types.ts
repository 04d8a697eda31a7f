import type { PolicyKind } from '@mailfleet/schema'
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { Domain } from '../domains/index.js'
import { MailEvent } from '../events/index.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { PolicyKindEnum, SetPoliciesInput } from '../policies/index.js'
import { outcomes, type Outcome } from './decide.js'

const SimulatedOutcomeEnum = Object.fromEntries(outcomes.map((name) => [name, name])) as { [O in Outcome]: O }
registerEnumType(SimulatedOutcomeEnum, {
  name: 'SimulatedOutcome',
  valuesConfig: {
    DEFERRED: { description: 'Refused for now, as by a limit over a time.' },
    DELIVERED: { description: 'It is delivered.' },
    JUNK: { description: 'It is put aside as junk.' },
    REFUSED: { description: 'Its sender is told that it is not taken.' },
  },
  description: 'What becomes of a message.',
})

@InputType()
export class SimulatePolicyInput {
  @Field(() => SetPoliciesInput, { description: 'The change, as `setPolicies` would be given it.' })
  policies: SetPoliciesInput

  @Field(() => Int, { defaultValue: 7, description: '1 to 90: how far back.' })
  days: number
}

@ObjectType({ description: 'Messages that would have fared otherwise.' })
export class SimulatedChange {
  @Field(() => PolicyKindEnum, { description: 'The policy that decides otherwise.' })
  kind: PolicyKind

  @Field(() => Domain, { nullable: true, description: 'Whose mail; null where it is gone or not to be seen.' })
  domain: Domain | null

  @Field(() => SimulatedOutcomeEnum, { description: 'By what holds now.' })
  before: Outcome

  @Field(() => SimulatedOutcomeEnum, { description: 'By what is tried.' })
  after: Outcome

  @Field(() => Int, { description: 'How many there were.' })
  messages: number
}

@ObjectType({ description: 'One message that would have fared otherwise.' })
export class SimulationExample {
  @Field(() => MailEvent, { description: 'As the message log has it.' })
  event: MailEvent

  @Field(() => PolicyKindEnum, { description: 'The policy that decides otherwise.' })
  kind: PolicyKind

  @Field(() => SimulatedOutcomeEnum, { description: 'By what holds now.' })
  before: Outcome

  @Field(() => SimulatedOutcomeEnum, { description: 'By what is tried.' })
  after: Outcome
}

@ObjectType({
  description:
    'Messages of before, decided by what holds now and by what would hold. A delivery is one message; what was refused before it was sent is judged by its envelope.',
})
export class PolicySimulation {
  @Field(() => Int, { description: 'How many were looked at.' })
  messages: number

  @Field(() => Boolean, { description: 'Whether those are all of the time asked for; else they are the newest.' })
  isComplete: boolean

  @Field(() => DateTimeScalar, { description: 'Of the oldest that was looked at.' })
  since: Date

  @Field(() => Int, { description: 'How many would end otherwise.' })
  changed: number

  @Field(() => [SimulatedChange], { description: 'The most frequent first; at most 200.' })
  changes: SimulatedChange[]

  @Field(() => [SimulationExample], { description: 'At most 20, the newest of each change.' })
  examples: SimulationExample[]

  @Field(() => [PolicyKindEnum], { description: 'Kinds of the change that events do not tell enough of.' })
  notReplayed: PolicyKind[]
}

@ObjectType()
export class PolicySimulationPayload extends Payload {
  @Field(() => PolicySimulation, { nullable: true })
  simulation: PolicySimulation | null
}
