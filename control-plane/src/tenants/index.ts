export { pathLabel, Tenant, tenantSubject, type TenantKind } from './tenant.entity.js'
export { isTenantSuspended, tenantById } from './tenant.loaders.js'
export { idCondition, visibleTenant, withinCondition } from './tenant.queries.js'
export { TenantResolver } from './tenant.resolver.js'
export {
  allowedChildren,
  keepTenantStatus,
  maxDepth,
  nameTaken,
  requireNotDeleted,
  requireTenant,
} from './tenant.service.js'
export { TenantReceiving1765000000104 } from './tenant-receiving.migration.js'
export { TenantDeletion1765000000103 } from './tenant-deletion.migration.js'
export { TenantPayload } from './tenant.types.js'
export { TenantPoliciesResolver } from './tenant-policies.resolver.js'
