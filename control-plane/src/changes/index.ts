export {
  recordChanges,
  recordDomainChangesWithin,
  recordDomainPlacement,
  type ConfigChangeRecord,
} from './record-changes.js'
export { Sequencer, type SequencerOptions } from './sequencer.js'
export { LogFollower, type LogFollowerOptions } from './log-follower.js'
export { Notifications, type NotificationsOptions } from './notifications.js'
export {
  readChangedKeys,
  readDesiredRevisions,
  readHead,
  type ChangedKey,
  type ChangeRange,
  type LogHead,
} from './change-log.js'
export { compactLog, type CompactionOptions } from './compaction.js'
export { changeChannel } from './channels.js'
