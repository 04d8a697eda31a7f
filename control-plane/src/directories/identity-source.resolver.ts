import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { AdministratorPayload, visibleAdministrator } from '../administrators/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant } from '../tenants/index.js'
import { DirectorySyncRun } from './ldap/directory-sync.types.js'
import { lastRun } from './ldap/sync-runs.js'
import { redirectPath } from './oidc/single-sign-on.js'
import { IdentitySource, isOfKind, type MappedRole } from './identity-source.entity.js'
import { listIdentitySources, visibleIdentitySource } from './identity-source.queries.js'
import { defaultDeactivationPercent } from './identity-source.settings.js'
import {
  assignIdentitySource,
  createIdentitySource,
  deleteIdentitySource,
  renewIdentitySourceToken,
  setIdentitySourceStatus,
  updateIdentitySource,
} from './identity-source.service.js'
import {
  AssignIdentitySourceInput,
  CreateIdentitySourceInput,
  IdentitySourceConnection,
  IdentitySourcePayload,
  IdentitySourcesArguments,
  LdapSource,
  OidcSource,
  RenewIdentitySourceTokenInput,
  RoleMapping,
  ScimSource,
  UpdateIdentitySourceInput,
} from './identity-source.types.js'

@Resolver(() => IdentitySource)
export class IdentitySourceResolver {
  @Query(() => IdentitySource, { nullable: true })
  @Allow('read', 'IdentitySource')
  identitySource(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<IdentitySource | null> {
    return visibleIdentitySource(context, id)
  }

  @Query(() => IdentitySourceConnection)
  @Allow('read', 'IdentitySource')
  identitySources(
    @Args(() => IdentitySourcesArguments) request: IdentitySourcesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<IdentitySource>> {
    return listIdentitySources(context, request)
  }

  /** Whoever sees a source sees its tenant: both are a matter of the same path. */
  @FieldResolver(() => Tenant, { description: 'Whose people it has.' })
  tenant(@Root() source: IdentitySource): Tenant {
    return source.tenant
  }

  @FieldResolver(() => [RoleMapping], {
    description: 'Roles by the groups that it names; the first that fits decides the built-in one.',
  })
  roleMapping(@Root() source: IdentitySource): MappedRole[] {
    return source.roleMapping
  }

  @FieldResolver(() => OidcSource, { nullable: true, description: 'With the kind `OIDC`; else null.' })
  oidc(@Root() source: IdentitySource): OidcSource | null {
    return isOfKind(source, 'OIDC') ? { redirectPath: redirectPath(source.id), ...source.settings } : null
  }

  @FieldResolver(() => LdapSource, { nullable: true, description: 'With the kind `LDAP`; else null.' })
  ldap(@Root() source: IdentitySource): LdapSource | null {
    if (!isOfKind(source, 'LDAP')) return null
    const { syncEveryMinutes = null, maxDeactivationPercent = defaultDeactivationPercent } = source.settings
    return { ...source.settings, syncEveryMinutes, maxDeactivationPercent }
  }

  @FieldResolver(() => DirectorySyncRun, {
    nullable: true,
    description: 'The last sync, by schedule or by somebody. Null: there was none, or the viewer may not run one.',
  })
  lastSync(@Root() source: IdentitySource, @Ctx() context: AdminContext): Promise<DirectorySyncRun | null> {
    return lastRun(context, source)
  }

  @FieldResolver(() => ScimSource, { nullable: true, description: 'With the kind `SCIM`; else null.' })
  scim(@Root() source: IdentitySource): ScimSource | null {
    return isOfKind(source, 'SCIM') ? { path: `/scim/v2/${source.id}`, ...source.settings } : null
  }

  @Mutation(() => IdentitySourcePayload, {
    description: 'Sets a source up, with no more than the caller has for those who come in through it.',
  })
  @Allow('create', 'IdentitySource')
  async createIdentitySource(
    @Arg('input', () => CreateIdentitySourceInput) input: CreateIdentitySourceInput,
    @Ctx() context: AdminContext,
  ): Promise<IdentitySourcePayload> {
    const { id, token } = await createIdentitySource(context, input)
    return payload(context, id, token)
  }

  @Mutation(() => IdentitySourcePayload, {
    description: 'Changes a source; it takes all the rights of those who sign in through it.',
  })
  @Allow('update', 'IdentitySource')
  async updateIdentitySource(
    @Arg('input', () => UpdateIdentitySourceInput) input: UpdateIdentitySourceInput,
    @Ctx() context: AdminContext,
  ): Promise<IdentitySourcePayload> {
    return payload(context, await updateIdentitySource(context, input))
  }

  @Mutation(() => IdentitySourcePayload, { description: 'Signs out all who came in through it.' })
  @Allow('suspend', 'IdentitySource')
  async suspendIdentitySource(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<IdentitySourcePayload> {
    return payload(context, await setIdentitySourceStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => IdentitySourcePayload, { description: 'Lets people in through it again, and syncs it.' })
  @Allow('suspend', 'IdentitySource')
  async resumeIdentitySource(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<IdentitySourcePayload> {
    return payload(context, await setIdentitySourceStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, { description: 'Its administrators stay; somebody has to set their passwords.' })
  @Allow('delete', 'IdentitySource')
  async deleteIdentitySource(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteIdentitySource(context, input), errors: [] }
  }

  @Mutation(() => IdentitySourcePayload, { description: 'The token before ends at once.' })
  @Allow('update', 'IdentitySource')
  async renewIdentitySourceToken(
    @Arg('input', () => RenewIdentitySourceTokenInput) input: RenewIdentitySourceTokenInput,
    @Ctx() context: AdminContext,
  ): Promise<IdentitySourcePayload> {
    const { id, token } = await renewIdentitySourceToken(context, input)
    return payload(context, id, token)
  }

  @Mutation(() => AdministratorPayload, { description: 'By which source an administrator signs in.' })
  @Allow('update', 'Administrator')
  async assignIdentitySource(
    @Arg('input', () => AssignIdentitySourceInput) input: AssignIdentitySourceInput,
    @Ctx() context: AdminContext,
  ): Promise<AdministratorPayload> {
    const id = await assignIdentitySource(context, input)
    forgetLoaded(context)
    return { administrator: await visibleAdministrator(context, id), errors: [] }
  }
}

async function payload(context: AdminContext, id: string, token: string | null = null): Promise<IdentitySourcePayload> {
  forgetLoaded(context)
  return { identitySource: await visibleIdentitySource(context, id), token, errors: [] }
}
