export { DataKeys1765000000200 } from './data-keys.migration.js'
export { readMasterKeys } from './master-keys.js'
export { Secrets } from './secrets.js'
