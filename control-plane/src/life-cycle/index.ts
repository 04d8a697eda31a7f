export { DomainTransferResolver } from './domain-transfer.resolver.js'
export { startPurge } from './purge.js'
export { TenantMoveResolver } from './tenant-move.resolver.js'
