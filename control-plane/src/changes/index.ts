export {
  recordChanges,
  recordDomainChangesWithin,
  recordDomainPlacement,
  type ConfigChangeRecord,
} from './record-changes.js'
