/**
 * What comes next of a rollout: a function of what is written down of it and of what its nodes say. Each step that it names is one
 * transaction; a replica that is killed between two leaves a rollout from which any other goes on.
 */
export const finalStates = ['REVERTED', 'ABORTED', 'COMPLETED', 'SUPERSEDED'] as const
export type RolloutState = 'RUNNING' | 'PAUSED' | 'HALTED' | (typeof finalStates)[number]

export const isFinal = (state: RolloutState): boolean => (finalStates as readonly string[]).includes(state)

export interface Progress {
  state: RolloutState
  /** The last that was opened; -1 before the first. */
  wave: number
  lastWave: number
  bakeSeconds: number
  revertAutomatically: boolean
  /** In milliseconds since 1970. */
  bakingSince: number | null
}

export interface Seen {
  /** Whether some gate is shut. */
  shut: boolean
  /** Every node of the opened waves that is connected has acknowledged it, and of the last wave at least one is and has. */
  acknowledged: boolean
  now: number
}

export type Step = 'none' | 'open' | 'bake' | 'complete' | 'halt' | 'revert'

/** A paused rollout is watched all the same: what its nodes have already may do harm. */
export function nextStep(progress: Progress, seen: Seen): Step {
  const { state, wave, lastWave, bakeSeconds, bakingSince } = progress
  if (state !== 'RUNNING' && state !== 'PAUSED') return 'none'
  if (seen.shut) return progress.revertAutomatically ? 'revert' : 'halt'
  if (state === 'PAUSED') return 'none'
  if (wave < 0) return 'open'
  if (bakingSince === null) return seen.acknowledged ? 'bake' : 'none'
  if (seen.now < bakingSince + bakeSeconds * 1_000) return 'none'
  return wave < lastWave ? 'open' : 'complete'
}

/** What people may do, and what becomes of it. */
export const commands = {
  pause: { from: ['RUNNING'], to: 'PAUSED' },
  resume: { from: ['PAUSED', 'HALTED'], to: 'RUNNING' },
  /** The next wave at once, without waiting for the bake of this one. */
  promote: { from: ['RUNNING', 'PAUSED', 'HALTED'], to: 'RUNNING' },
  abort: { from: ['RUNNING', 'PAUSED', 'HALTED'], to: 'ABORTED' },
} as const satisfies Record<string, { from: readonly RolloutState[]; to: RolloutState }>

export type RolloutCommand = keyof typeof commands
export const mayFollow = (command: RolloutCommand, state: RolloutState): boolean =>
  (commands[command].from as readonly RolloutState[]).includes(state)
