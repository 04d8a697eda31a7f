export { startTenantPurge } from './purge.js'
export { TenantMoveResolver } from './tenant-move.resolver.js'
