/** Rollouts as people see them. */
import { ArgsType, Field, Float, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql'
import { connectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { RolloutStrategyInput } from '../staging/index.js'
import { gateNames, type GateName } from './gates.js'
import type { RolloutState } from './machine.js'

export const RolloutStateEnum = {
  RUNNING: 'RUNNING',
  PAUSED: 'PAUSED',
  HALTED: 'HALTED',
  REVERTED: 'REVERTED',
  ABORTED: 'ABORTED',
  COMPLETED: 'COMPLETED',
  SUPERSEDED: 'SUPERSEDED',
} as const satisfies { [State in RolloutState]: State }
registerEnumType(RolloutStateEnum, {
  name: 'RolloutState',
  valuesConfig: {
    PAUSED: { description: 'By somebody: no wave is opened. Gates go on watching.' },
    HALTED: { description: 'By a gate: people decide whether it goes on or back.' },
    REVERTED: { description: 'By a gate: all nodes have again what they had.' },
    ABORTED: { description: 'By somebody: all nodes have again what they had.' },
    SUPERSEDED: { description: 'By a newer change of the same resource.' },
    RUNNING: { description: 'Waves are being opened and watched.' },
    COMPLETED: { description: 'All nodes have the change.' },
  },
  description: 'How far a rollout has come.',
})
const RolloutKindEnum = { Policy: 'Policy', NodeSettings: 'NodeSettings' } as const
registerEnumType(RolloutKindEnum, {
  name: 'RolloutKind',
  description: 'What can be rolled out in stages.',
  valuesConfig: {
    Policy: { description: 'What is set at a tenant, domain or mailbox.' },
    NodeSettings: { description: 'Settings of a mail node.' },
  },
})
const RolloutGateNameEnum = Object.fromEntries(gateNames.map((name) => [name, name])) as { [Name in GateName]: Name }
registerEnumType(RolloutGateNameEnum, {
  name: 'RolloutGateName',
  description: 'What is looked at on each node that has the change, against the same node before it.',
  valuesConfig: {
    REFUSED_CONFIG: { description: 'The node refused the resource.' },
    OFFLINE: { description: 'Seconds for which a node that was connected is not.' },
    UNHEALTHY: { description: 'A node that was well says that it is not.' },
    RECONNECTS: { description: 'Connections that it made anew: one that crashes comes again and again.' },
    DEFERRED: { description: 'Share of attempts to deliver that were deferred.' },
    REFUSED: { description: 'Share of what it was offered that it refused with 5xx.' },
    AUTH_FAILED: { description: 'Share of sign-ins that failed.' },
  },
})

@ObjectType({ description: 'What a gate reads on a node.' })
export class RolloutGate {
  @Field(() => RolloutGateNameEnum, { description: 'What it looks at.' })
  gate: GateName

  @Field(() => ID, { nullable: true, description: 'Null to whoever may not see nodes.' })
  mailNodeId: string | null

  @Field(() => Float, { description: 'A share from 0 to 1, a count, or seconds.' })
  value: number

  @Field(() => Float, { nullable: true, description: 'The same before the change; of shares only.' })
  baseline: number | null

  @Field(() => Float, { description: 'Above it the gate is shut.' })
  limit: number

  @Field(() => Int, { description: 'Of shares: how many there were.' })
  sample: number

  @Field(() => Boolean, { description: 'Whether it stops the rollout.' })
  shut: boolean

  @Field(() => String, { nullable: true, description: 'What more is known; English.' })
  detail: string | null
}

@ObjectType({ description: 'A node that a rollout concerns.' })
export class RolloutNode {
  @Field(() => ID, { description: 'Which node it is.' })
  mailNodeId: string

  @Field(() => String, { description: 'What people call it.' })
  name: string

  @Field(() => Int, { description: 'From 0.' })
  wave: number

  @Field(() => DateTimeScalar, { nullable: true, description: 'Since when it is sent the change; null: not yet.' })
  openedAt: Date | null

  @Field(() => Boolean, { description: 'Whether its agent is connected.' })
  online: boolean

  @Field(() => Boolean, { description: 'Whether it has the change and has said so.' })
  acknowledged: boolean
}

@ObjectType({ description: 'One stage of a rollout: a share of the nodes, or named ones.' })
export class RolloutWave {
  @Field(() => Int, {
    nullable: true,
    description: 'How many percent of the nodes have the change then; null: named ones.',
  })
  percent: number | null

  @Field(() => [ID], { nullable: true, description: 'Which nodes; null: a share of all.' })
  mailNodeIds: string[] | null
}

@ObjectType({ description: 'In which waves a change comes to the nodes, how long each is watched, and what stops it.' })
export class RolloutStrategy {
  @Field(() => [RolloutWave], { description: 'The stages, in their order.' })
  waves: RolloutWave[]

  @Field(() => Int, { description: 'How long each wave is watched before the next is opened.' })
  bakeSeconds: number

  @Field(() => Int, { description: 'How long before the change is looked at to compare.' })
  baselineSeconds: number

  @Field(() => Int, { description: 'Fewer events than this shut no gate.' })
  minimumSample: number

  @Field(() => Float, {
    nullable: true,
    description: 'By how much the share of deferrals may rise; null: it is not looked at.',
  })
  maxDeferIncrease: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'By how much the share of refusals may rise; null: it is not looked at.',
  })
  maxRefusalIncrease: number | null

  @Field(() => Float, {
    nullable: true,
    description: 'By how much the share of failed sign-ins may rise; null: it is not looked at.',
  })
  maxAuthFailureIncrease: number | null

  @Field(() => Int, { nullable: true, description: 'How often a node may link up anew; null: it is not looked at.' })
  maxReconnects: number | null

  @Field(() => Boolean, { description: 'Whether the change is taken back when a gate shuts.' })
  revertAutomatically: boolean
}

@ObjectType({
  description: 'The strategy that is set for a tenant, and holds for all below it that have none of their own.',
})
export class TenantRolloutStrategy {
  @Field(() => ID, { description: 'Whose strategy it is.' })
  tenantId: string

  @Field(() => Int, { description: 'Rises with each change; send it back with the next one.' })
  version: number

  @Field(() => RolloutStrategy, { description: 'What holds there.' })
  strategy: RolloutStrategy
}

@ObjectType({ description: 'A change of one resource on its way through the fleet.' })
export class Rollout {
  @Field(() => ID, { description: 'A UUID of the rollout itself.' })
  id: string

  @Field(() => Int, { description: 'Rises with each change; send it back with the next one.' })
  version: number

  @Field(() => ID, { description: 'Whose resource it is.' })
  tenantId: string

  @Field(() => RolloutKindEnum, { description: 'What is rolled out.' })
  kind: keyof typeof RolloutKindEnum

  @Field(() => ID, { description: 'Of the policy, or of the node with the settings.' })
  resourceId: string

  @Field(() => String, { description: 'Whose policy, or which node’s settings.' })
  label: string

  @Field(() => RolloutStateEnum, { description: 'How far it has come.' })
  state: RolloutState

  @Field(() => Int, { description: 'The wave that was opened last, from 0; -1: none yet.' })
  wave: number

  @Field(() => Int, { description: 'How many waves its strategy has.' })
  waveCount: number

  @Field(() => DateTimeScalar, {
    nullable: true,
    description: 'Since when the wave is watched: all its nodes have it.',
  })
  bakingSince: Date | null

  @Field(() => String, { nullable: true, description: 'Who made the change.' })
  author: string | null

  @Field(() => ID, { nullable: true, description: 'The later rollout that took its place; null: none did.' })
  supersededById: string | null

  @Field(() => RolloutStrategy, { description: 'As it was when the rollout began.' })
  strategy: RolloutStrategy

  @Field(() => [RolloutGate], { description: 'What stopped it.' })
  finding: RolloutGate[]

  @Field(() => DateTimeScalar, { description: 'When the change was made.' })
  createdAt: Date

  @Field(() => DateTimeScalar, { nullable: true, description: 'When it was over, whichever way; null: it is not.' })
  finishedAt: Date | null
}

@ObjectType()
class RolloutEdge extends edgeOf(Rollout) {}

@ObjectType()
export class RolloutConnection extends connectionOf(Rollout, RolloutEdge) {}

@InputType()
export class RolloutFilter {
  @Field(() => ID, { nullable: true, description: 'Tenant and all below it.' })
  withinId?: string | null

  @Field(() => [RolloutStateEnum], { nullable: true })
  states?: RolloutState[] | null

  @Field(() => ID, { nullable: true, description: 'Rollouts that concern this node.' })
  mailNodeId?: string | null
}

@ArgsType()
export class RolloutsArguments extends PageArguments {
  @Field(() => RolloutFilter, { nullable: true })
  filter?: RolloutFilter | null
}

@ObjectType()
export class RolloutPayload extends Payload {
  @Field(() => Rollout, { nullable: true })
  rollout: Rollout | null
}

@InputType()
export class SetRolloutStrategyInput {
  @Field(() => ID, { description: 'Whose changes it is for.' })
  tenantId: string

  @Field(() => Int, { description: 'Of the strategy that is there; 0: there is none.' })
  version: number

  @Field(() => RolloutStrategyInput, { nullable: true, description: 'Null: there is to be none.' })
  strategy?: RolloutStrategyInput | null
}

@ObjectType()
export class RolloutStrategyPayload extends Payload {
  @Field(() => TenantRolloutStrategy, { nullable: true })
  rolloutStrategy: TenantRolloutStrategy | null
}
