/** How a rollout's state looks, and what may be done in it. */
import type { RolloutState } from '../../graphql/graphql.ts'
import type { GateRow, RolloutCommand } from './rollouts.queries.ts'

export const rolloutTones = {
  RUNNING: 'info',
  PAUSED: 'warn',
  HALTED: 'bad',
  REVERTED: 'bad',
  ABORTED: 'neutral',
  COMPLETED: 'good',
  SUPERSEDED: 'neutral',
} as const satisfies Record<RolloutState, string>

export const rolloutStates = Object.keys(rolloutTones) as RolloutState[]

export const isUnderWay = (state: RolloutState): boolean => ['RUNNING', 'PAUSED', 'HALTED'].includes(state)

const commandsIn: Partial<Record<RolloutState, RolloutCommand[]>> = {
  RUNNING: ['pause', 'promote', 'abort'],
  PAUSED: ['resume', 'promote', 'abort'],
  HALTED: ['resume', 'promote', 'abort'],
}
export const commandsOf = (state: RolloutState): RolloutCommand[] => commandsIn[state] ?? []

/** Shares have something to compare with; the others are counts. */
export const isShare = (gate: Pick<GateRow, 'gate'>): boolean =>
  ['DEFERRED', 'REFUSED', 'AUTH_FAILED'].includes(gate.gate)
