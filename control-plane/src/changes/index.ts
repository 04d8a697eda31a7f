export {
  recordChanges,
  recordDomainChangesWithin,
  recordDomainPlacement,
  type ConfigChangeRecord,
} from './record-changes.js'
export { changesOf, startChanges, type Changes } from './start-changes.js'
export { LogFollower, type LogFollowerOptions } from './log-follower.js'
export { Notifications } from './notifications.js'
export { Announcer, readNotices, type AnnouncerOptions } from './announcer.js'
export {
  readChangedKeys,
  readDesiredRevisions,
  readHead,
  type ChangedKey,
  type ChangeRange,
  type LogHead,
} from './change-log.js'
