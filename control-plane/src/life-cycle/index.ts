export { DomainTransfers1767000000701 } from './domain-transfers.migration.js'
export { DomainTransferResolver } from './domain-transfer.resolver.js'
export { startPurge } from './purge.js'
export { TenantMoveResolver } from './tenant-move.resolver.js'
