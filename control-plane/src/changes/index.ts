export {
  recordChanges,
  recordDomainChangesWithin,
  recordDomainPlacement,
  recordDomainTransfer,
  recordForAllNodes,
  recordPoliciesAbove,
  recordPoliciesAboveTenant,
  recordPoliciesOf,
  recordTenantPolicy,
  type ConfigChangeRecord,
} from './record-changes.js'
export { changesOf, startChanges, type Changes } from './start-changes.js'
export { LogFollower } from './log-follower.js'
export { Announcer, readNotices } from './announcer.js'
export { readChangedKeys, readDesiredRevisions, readHead, type ChangedKey } from './change-log.js'
