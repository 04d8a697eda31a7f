import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { displayAddress, Domain, effectiveStatusOfDomain } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Alias } from './alias.entity.js'
import { listAliases, visibleAlias } from './alias.queries.js'
import { createAlias, deleteAlias, setAliasStatus, updateAlias } from './alias.service.js'
import { AliasConnection, AliasesArguments, AliasPayload, CreateAliasInput, UpdateAliasInput } from './alias.types.js'

@Resolver(() => Alias)
export class AliasResolver {
  @Query(() => Alias, { nullable: true })
  @Allow('read', 'Alias')
  alias(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Alias | null> {
    return visibleAlias(context, id)
  }

  @Query(() => AliasConnection)
  @Allow('read', 'Alias')
  aliases(
    @Args(() => AliasesArguments) request: AliasesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Alias>> {
    return listAliases(context, request)
  }

  @FieldResolver(() => String, { description: 'The address with the domain as people write it.' })
  displayAddress(@Root() alias: Alias): string {
    return displayAddress(alias.address)
  }

  @FieldResolver(() => StatusEnum, { description: '`SUSPENDED` also where its domain or a tenant above is.' })
  async effectiveStatus(@Root() alias: Alias, @Ctx() context: AdminContext): Promise<Status> {
    return alias.status === 'SUSPENDED' ? 'SUSPENDED' : effectiveStatusOfDomain(context, alias.domain)
  }

  /** Whoever sees an alias sees its domain: both are a matter of the same path. */
  @FieldResolver(() => Domain, { description: 'In which it is.' })
  domain(@Root() alias: Alias): Domain {
    return alias.domain
  }

  @Mutation(() => AliasPayload, {
    description: 'Makes an address that leads to others; `ADDRESS_LOOP` where it would lead to itself.',
  })
  @Allow('create', 'Alias')
  async createAlias(@Arg('input', () => CreateAliasInput) input: CreateAliasInput, @Ctx() context: AdminContext) {
    return payload(context, await createAlias(context, input))
  }

  @Mutation(() => AliasPayload, {
    description: 'Changes where an alias leads; `ADDRESS_LOOP` where it would lead to itself.',
  })
  @Allow('update', 'Alias')
  async updateAlias(@Arg('input', () => UpdateAliasInput) input: UpdateAliasInput, @Ctx() context: AdminContext) {
    return payload(context, await updateAlias(context, input))
  }

  @Mutation(() => AliasPayload, { description: 'Refuses mail to the alias until it is resumed.' })
  @Allow('suspend', 'Alias')
  async suspendAlias(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setAliasStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => AliasPayload, { description: 'Takes mail to the alias again.' })
  @Allow('suspend', 'Alias')
  async resumeAlias(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setAliasStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, { description: 'Deletes an alias at once; its address is free again.' })
  @Allow('delete', 'Alias')
  async deleteAlias(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteAlias(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<AliasPayload> {
  forgetLoaded(context)
  return { alias: await visibleAlias(context, id), errors: [] }
}
