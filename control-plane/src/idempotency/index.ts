export { applyOnce } from './apply-once.js'
export { Idempotency1765000000401 } from './idempotency.migration.js'
