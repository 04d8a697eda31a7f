import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import type { RolloutCommand } from './machine.js'
import { gatesOf, listRollouts, nodesOf, visibleRollout, visibleStrategy } from './rollout.queries.js'
import { commandRollout, setRolloutStrategy } from './rollout.service.js'
import {
  Rollout,
  RolloutConnection,
  RolloutGate,
  RolloutNode,
  RolloutPayload,
  RolloutsArguments,
  RolloutStrategyPayload,
  SetRolloutStrategyInput,
  TenantRolloutStrategy,
} from './rollout.types.js'

@Resolver(() => Rollout)
export class RolloutResolver {
  @Query(() => Rollout, { nullable: true })
  @Allow('read', 'Rollout')
  rollout(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Rollout | null> {
    return visibleRollout(context, id)
  }

  @Query(() => RolloutConnection, {
    description: 'Changes on their way through the fleet, and those that were; newest first.',
  })
  @Allow('read', 'Rollout')
  rollouts(
    @Args(() => RolloutsArguments) request: RolloutsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Rollout>> {
    return listRollouts(context, request)
  }

  @Query(() => TenantRolloutStrategy, {
    nullable: true,
    description: 'That of the tenant itself; null: it has none of its own.',
  })
  @Allow('read', 'Rollout')
  rolloutStrategy(
    @Arg('id', () => ID, { description: 'Whose strategy it is.' }) id: string,
    @Ctx() context: AdminContext,
  ): Promise<TenantRolloutStrategy | null> {
    return visibleStrategy(context, id)
  }

  @FieldResolver(() => [RolloutNode], { description: 'Empty to whoever may not see nodes.' })
  mailNodes(@Root() rollout: Rollout, @Ctx() context: AdminContext): Promise<RolloutNode[]> {
    return nodesOf(context, rollout)
  }

  @FieldResolver(() => [RolloutGate], {
    description: 'What the gates read now; of a rollout that is over see `finding`.',
  })
  gates(@Root() rollout: Rollout, @Ctx() context: AdminContext): Promise<RolloutGate[]> {
    return gatesOf(context, rollout)
  }

  @Mutation(() => RolloutPayload, { description: 'Opens no further wave. Gates go on watching.' })
  @Allow('update', 'Rollout')
  pauseRollout(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<RolloutPayload> {
    return run(context, 'pause', input)
  }

  @Mutation(() => RolloutPayload, {
    description: 'Goes on. Of one that a gate halted, nodes are judged by what comes from now on.',
  })
  @Allow('update', 'Rollout')
  resumeRollout(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<RolloutPayload> {
    return run(context, 'resume', input)
  }

  @Mutation(() => RolloutPayload, { description: 'Opens the next wave at once; after the last one it is complete.' })
  @Allow('update', 'Rollout')
  promoteRollout(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<RolloutPayload> {
    return run(context, 'promote', input)
  }

  @Mutation(() => RolloutPayload, {
    description: 'Goes back: the resource is as the whole fleet last had it, by a new revision.',
  })
  @Allow('update', 'Rollout')
  abortRollout(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<RolloutPayload> {
    return run(context, 'abort', input)
  }

  @Mutation(() => RolloutStrategyPayload, {
    description: 'Of policies of the tenant and of all below it; of the platform’s tenant also of nodes’ settings.',
  })
  @Allow('update', 'Rollout')
  async setRolloutStrategy(
    @Arg('input', () => SetRolloutStrategyInput) input: SetRolloutStrategyInput,
    @Ctx() context: AdminContext,
  ): Promise<RolloutStrategyPayload> {
    const id = await setRolloutStrategy(context, input)
    forgetLoaded(context)
    return { rolloutStrategy: await visibleStrategy(context, id), errors: [] }
  }
}

async function run(context: AdminContext, command: RolloutCommand, input: VersionedInput): Promise<RolloutPayload> {
  const id = await commandRollout(context, command, input)
  forgetLoaded(context)
  return { rollout: await visibleRollout(context, id), errors: [] }
}
