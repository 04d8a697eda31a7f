export { RolloutResolver } from './rollout.resolver.js'
export { startRollouts } from './start-rollouts.js'
