export { BulkResolver } from './bulk.resolver.js'
export { rowOperations } from './row-operations.js'
export { readBytes } from './read-fields.js'
