import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded, loadAll } from '../platform/loader.js'
import { Tenant, tenantSubject } from './tenant.entity.js'
import { isTenantSuspended, tenantById } from './tenant.loaders.js'
import { listTenants, visibleTenant } from './tenant.queries.js'
import { createTenant, deleteTenant, restoreTenant, setTenantStatus, updateTenant } from './tenant.service.js'
import {
  CreateTenantInput,
  TenantConnection,
  TenantPayload,
  TenantsArguments,
  UpdateTenantInput,
} from './tenant.types.js'

@Resolver(() => Tenant)
export class TenantResolver {
  @Query(() => Tenant, { nullable: true })
  @Allow('read', 'Tenant')
  tenant(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Tenant | null> {
    return visibleTenant(context, id)
  }

  @Query(() => TenantConnection)
  @Allow('read', 'Tenant')
  tenants(
    @Args(() => TenantsArguments) request: TenantsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Tenant>> {
    return listTenants(context, request)
  }

  @FieldResolver(() => StatusEnum, { description: 'SUSPENDED where the tenant or one above it is suspended.' })
  async effectiveStatus(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<Status> {
    return (await isTenantSuspended(context).load(tenant.id)) ? 'SUSPENDED' : 'ACTIVE'
  }

  @FieldResolver(() => Tenant, {
    nullable: true,
    description: 'The tenant that it is below; null for the platform, and where the viewer may not see it.',
  })
  parent(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<Tenant | null> {
    return visibleTenant(context, tenant.parentId)
  }

  @FieldResolver(() => [Tenant], { description: 'From the root down to the parent; only those the viewer may see.' })
  async ancestors(@Root() tenant: Tenant, @Ctx() context: AdminContext): Promise<Tenant[]> {
    const above = await loadAll(tenantById(context), tenant.path.split('.').slice(0, -1).map(idOfLabel))
    return above
      .filter((ancestor) => ancestor !== null)
      .filter((ancestor) => may(context, 'read', tenantSubject(ancestor)))
  }

  @Mutation(() => TenantPayload, {
    description: 'Makes a tenant below another, within what a reseller may have below it.',
  })
  @Allow('create', 'Tenant')
  async createTenant(@Arg('input', () => CreateTenantInput) input: CreateTenantInput, @Ctx() context: AdminContext) {
    return payload(context, await createTenant(context, input))
  }

  @Mutation(() => TenantPayload, { description: "Changes what the tenant itself says; its place is `moveTenant`'s." })
  @Allow('update', 'Tenant')
  async updateTenant(@Arg('input', () => UpdateTenantInput) input: UpdateTenantInput, @Ctx() context: AdminContext) {
    return payload(context, await updateTenant(context, input))
  }

  @Mutation(() => TenantPayload, {
    description: 'Stops the mail and the sign-ins of the tenant and of all below it; nothing is lost.',
  })
  @Allow('suspend', 'Tenant')
  async suspendTenant(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Arg('receiving', () => Boolean, { defaultValue: false, description: 'Its domains still take mail in.' })
    receiving: boolean,
    @Ctx() context: AdminContext,
  ) {
    return payload(context, await setTenantStatus(context, input, 'SUSPENDED', receiving))
  }

  @Mutation(() => TenantPayload, { description: 'Takes a suspension back; what is suspended by itself stays so.' })
  @Allow('suspend', 'Tenant')
  async resumeTenant(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setTenantStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => TenantPayload, { description: 'Undoes `deleteTenant`, until the tenant is purged.' })
  @Allow('delete', 'Tenant')
  async restoreTenant(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await restoreTenant(context, input))
  }

  @Mutation(() => DeletePayload, { description: 'With all below it; `restoreTenant` undoes it for 30 days.' })
  @Allow('delete', 'Tenant')
  async deleteTenant(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteTenant(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<TenantPayload> {
  forgetLoaded(context)
  return { tenant: await visibleTenant(context, id), errors: [] }
}

const idOfLabel = (label: string): string => label.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
