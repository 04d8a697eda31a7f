/** A strategy as people set it. */
import { Field, Float, ID, InputType, Int } from 'type-graphql'
import { invalidInput } from '../platform/errors.js'
import { defaultStrategy, rolloutStrategy, type RolloutStrategySettings } from './strategy.js'

@InputType({ description: 'Of the nodes that a change concerns; what no wave names is the last one.' })
export class RolloutWaveInput {
  @Field(() => Int, { nullable: true, description: 'Of all of them, with the waves before; 1 to 100.' })
  percent?: number | null

  @Field(() => [ID], {
    nullable: true,
    description: 'These, canaries say. What the change does not concern is left out.',
  })
  mailNodeIds?: string[] | null
}

@InputType({ description: 'What is absent is as in the default strategy; a null gate is not looked at.' })
export class RolloutStrategyInput {
  @Field(() => [RolloutWaveInput], {
    nullable: true,
    description: 'At most 20. Default: 1 %, 10 %, 50 %, and the rest.',
  })
  waves?: RolloutWaveInput[] | null

  @Field(() => Int, {
    nullable: true,
    description: 'How long a wave is watched after its nodes have it. Default: 900.',
  })
  bakeSeconds?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'Of each node’s own past, what it is compared with; 60 to 86,400. Default: 3,600.',
  })
  baselineSeconds?: number | null

  @Field(() => Int, { nullable: true, description: 'A rate of fewer counts says nothing. Default: 50.' })
  minimumSample?: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'By how much the share of deferred attempts may rise above the node’s own, 0 to 1. Default: 0.1.',
  })
  maxDeferIncrease?: number | null

  @Field(() => Float, { nullable: true, description: 'The same of what is refused with 5xx. Default: 0.1.' })
  maxRefusalIncrease?: number | null

  @Field(() => Float, { nullable: true, description: 'The same of failed sign-ins. Default: 0.1.' })
  maxAuthFailureIncrease?: number | null

  @Field(() => Int, {
    nullable: true,
    description: 'How often a node may connect anew in a wave: one that crashes comes again and again. Default: 2.',
  })
  maxReconnects?: number | null

  @Field(() => Boolean, { nullable: true, description: 'Else it is halted, and people decide. Default: true.' })
  revertAutomatically?: boolean | null
}

const gates = ['maxDeferIncrease', 'maxRefusalIncrease', 'maxAuthFailureIncrease', 'maxReconnects']

export function readStrategy(input: RolloutStrategyInput, path: string[]): RolloutStrategySettings {
  const said = Object.entries(input).filter(
    ([name, value]) => value !== undefined && (value !== null || gates.includes(name)),
  )
  const checked = rolloutStrategy.safeParse({ ...defaultStrategy, ...Object.fromEntries(said) })
  if (checked.success) return checked.data
  const [fault] = checked.error.issues
  throw invalidInput([...path, ...fault!.path.map(String)], 'This is not within its bounds.')
}
