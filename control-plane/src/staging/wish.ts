/** What a change says about its own rollout. */
import type { EntityManager } from 'typeorm'
import { Field, InputType, registerEnumType } from 'type-graphql'
import { may, pathsAbove, permissionSubject, type AdminContext } from '../access/index.js'
import { ExpectedError } from '../platform/errors.js'
import { strategyFor, type RolloutStrategySettings } from './strategy.js'
import { readStrategy, RolloutStrategyInput } from './strategy.types.js'

const RolloutModeEnum = { STRATEGY: 'STRATEGY', IMMEDIATE: 'IMMEDIATE' } as const
registerEnumType(RolloutModeEnum, {
  name: 'RolloutMode',
  valuesConfig: {
    STRATEGY: { description: 'In stages, by the strategy that is given or else the one that holds.' },
    IMMEDIATE: {
      description: 'To all nodes at once, whatever strategy holds: for emergencies. Needs `waive` on Rollout.',
    },
  },
  description: 'How a change comes to the nodes.',
})

@InputType({
  description:
    'How this change comes to the nodes. Without it the strategy holds that is set for the tenant, if any is.',
})
export class RolloutWish {
  @Field(() => RolloutModeEnum, { defaultValue: 'STRATEGY', description: 'In stages, or to all at once.' })
  mode: keyof typeof RolloutModeEnum

  @Field(() => RolloutStrategyInput, {
    nullable: true,
    description: 'Of this change alone. Needs `update` on Rollout.',
  })
  strategy?: RolloutStrategyInput | null
}

/** Null: the change goes to all nodes at once. */
export async function strategyWanted(
  context: AdminContext,
  manager: EntityManager,
  tenantPath: string,
  wish: RolloutWish | null | undefined,
): Promise<RolloutStrategySettings | null> {
  const held = await strategyFor(manager, tenantPath)
  const subject = permissionSubject('Rollout', { within: pathsAbove(tenantPath) })
  const demand = (action: 'update' | 'waive'): void => {
    if (!may(context, action, subject)) throw new ExpectedError('FORBIDDEN', { path: ['rollout'] })
  }
  if (wish?.mode === 'IMMEDIATE') {
    if (held) demand('waive')
    return null
  }
  if (!wish?.strategy) return held
  demand('update')
  return readStrategy(wish.strategy, ['rollout', 'strategy'])
}
