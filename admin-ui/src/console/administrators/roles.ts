import type { Role, TenantKind } from '../../graphql/graphql.ts'

const ranked: readonly Role[] = ['PLATFORM_ADMIN', 'RESELLER', 'CUSTOMER_ADMIN', 'SUPPORT']

/** The tenant kinds at which an administrator of a role can stand. */
const places: Record<Role, readonly TenantKind[]> = {
  PLATFORM_ADMIN: ['PLATFORM'],
  RESELLER: ['RESELLER'],
  CUSTOMER_ADMIN: ['CUSTOMER'],
  SUPPORT: ['PLATFORM', 'RESELLER', 'CUSTOMER'],
  CUSTOM: ['PLATFORM', 'RESELLER', 'CUSTOMER'],
}

/** The roles that somebody may hand out at a tenant: none higher than the own, none that does not fit there. */
export function offeredRoles(own: Role, kind: TenantKind | undefined): Role[] {
  const mine = ranked.slice(ranked.indexOf(own))
  return kind === undefined || kind === 'PLATFORM' ? mine : mine.filter((role) => places[role].includes(kind))
}
