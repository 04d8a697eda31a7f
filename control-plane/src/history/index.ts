export { RevisionHistory1767000000101 } from './revision-history.migration.js'
export { RevisionResolver } from './revision.resolver.js'
