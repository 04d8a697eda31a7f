export { Groups1766000000402 } from './groups.migration.js'
