import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant } from '../tenants/index.js'
import { Administrator } from './administrator.entity.js'
import { listAdministrators, visibleAdministrator } from './administrator.queries.js'
import {
  createAdministrator,
  deleteAdministrator,
  setAdministratorStatus,
  updateAdministrator,
} from './administrator.service.js'
import {
  AdministratorConnection,
  AdministratorPayload,
  AdministratorsArguments,
  CreateAdministratorInput,
  UpdateAdministratorInput,
} from './administrator.types.js'

@Resolver(() => Administrator)
export class AdministratorResolver {
  @Query(() => Administrator, { nullable: true })
  @Allow('read', 'Administrator')
  administrator(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Administrator | null> {
    return visibleAdministrator(context, id)
  }

  @Query(() => AdministratorConnection)
  @Allow('read', 'Administrator')
  administrators(
    @Args(() => AdministratorsArguments) request: AdministratorsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Administrator>> {
    return listAdministrators(context, request)
  }

  /** Whoever sees an administrator sees its tenant: both are a matter of the same path. */
  @FieldResolver(() => Tenant, { description: 'To which they belong.' })
  tenant(@Root() administrator: Administrator): Tenant {
    return administrator.tenant
  }

  @Mutation(() => AdministratorPayload, {
    description: 'Makes somebody who may sign in, with no more rights than the caller has.',
  })
  @Allow('create', 'Administrator')
  async createAdministrator(
    @Arg('input', () => CreateAdministratorInput) input: CreateAdministratorInput,
    @Ctx() context: AdminContext,
  ) {
    return payload(context, await createAdministrator(context, input))
  }

  @Mutation(() => AdministratorPayload, {
    description: 'Changes somebody; a new password or role takes all the rights that they have.',
  })
  @Allow('update', 'Administrator')
  async updateAdministrator(
    @Arg('input', () => UpdateAdministratorInput) input: UpdateAdministratorInput,
    @Ctx() context: AdminContext,
  ) {
    return payload(context, await updateAdministrator(context, input))
  }

  @Mutation(() => AdministratorPayload, {
    description: 'Signs somebody out and lets them in no more, by any way; their tokens rest.',
  })
  @Allow('suspend', 'Administrator')
  async suspendAdministrator(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setAdministratorStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => AdministratorPayload, { description: 'Lets somebody in again.' })
  @Allow('suspend', 'Administrator')
  async resumeAdministrator(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setAdministratorStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, {
    description: 'Deletes somebody for good, with sessions and tokens; the audit trail keeps their name.',
  })
  @Allow('delete', 'Administrator')
  async deleteAdministrator(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteAdministrator(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<AdministratorPayload> {
  forgetLoaded(context)
  return { administrator: await visibleAdministrator(context, id), errors: [] }
}
