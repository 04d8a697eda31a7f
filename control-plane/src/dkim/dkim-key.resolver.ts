import { Arg, Args, Ctx, Extensions, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { DkimKey } from './dkim-key.entity.js'
import { dkimKeysOfDomain, listDkimKeys, visibleDkimKey, visibleDkimKeys } from './dkim-key.queries.js'
import {
  checkDkimKey,
  createDkimKey,
  deleteDkimKey,
  retireDkimKey,
  revokeDkimKey,
  rotateDkimKeys,
} from './dkim-key.service.js'
import {
  CreateDkimKeyInput,
  DkimKeyConnection,
  DkimKeyPayload,
  DkimKeysArguments,
  DkimKeysPayload,
  DkimRecord,
  RotateDkimKeysInput,
} from './dkim-key.types.js'
import { recordHost, recordValue } from './key-record.js'

const checkCost = 2_000

@Resolver(() => DkimKey)
export class DkimKeyResolver {
  @Query(() => DkimKey, { nullable: true })
  @Allow('read', 'DkimKey')
  dkimKey(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DkimKey | null> {
    return visibleDkimKey(context, id)
  }

  @Query(() => DkimKeyConnection)
  @Allow('read', 'DkimKey')
  dkimKeys(
    @Args(() => DkimKeysArguments) request: DkimKeysArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<DkimKey>> {
    return listDkimKeys(context, request)
  }

  /** Whoever sees a key sees its domain: both are a matter of the same path. */
  @FieldResolver(() => Domain, { description: 'For which it signs.' })
  domain(@Root() key: DkimKey): Domain {
    return key.domain
  }

  @FieldResolver(() => DkimRecord, {
    description: 'What to publish. Of a key that has ended: with an empty key, or not at all.',
  })
  record(@Root() key: DkimKey): DkimRecord {
    return { name: recordHost(key.selector, key.domain.name), value: recordValue(key) }
  }

  @Mutation(() => DkimKeyPayload, {
    description: 'Makes a key, or takes one that is given. It signs from the moment on that DNS has its record.',
  })
  @Allow('create', 'DkimKey')
  async createDkimKey(
    @Arg('input', () => CreateDkimKeyInput) input: CreateDkimKeyInput,
    @Ctx() context: AdminContext,
  ): Promise<DkimKeyPayload> {
    return payload(context, await createDkimKey(context, input))
  }

  @Mutation(() => DkimKeysPayload, {
    description:
      'Makes a successor of each key that signs. Once DNS has its record both sign for a day, then the old one retires.',
  })
  @Allow('create', 'DkimKey')
  async rotateDkimKeys(
    @Arg('input', () => RotateDkimKeysInput) input: RotateDkimKeysInput,
    @Ctx() context: AdminContext,
  ): Promise<DkimKeysPayload> {
    const ids = await rotateDkimKeys(context, input.domainId)
    forgetLoaded(context)
    return { dkimKeys: await visibleDkimKeys(context, ids), errors: [] }
  }

  // Each is a question to somebody else's server.
  @Extensions({ cost: checkCost })
  @Mutation(() => DkimKeyPayload, {
    description: 'Looks into DNS within seconds. Of each key every ten seconds at most, and each costs 2,000 points.',
  })
  @Allow('update', 'DkimKey')
  async checkDkimKey(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DkimKeyPayload> {
    return payload(context, await checkDkimKey(context, id))
  }

  @Mutation(() => DkimKeyPayload, { description: 'Signs no more. Its record must stay until it is RETIRED.' })
  @Allow('update', 'DkimKey')
  async retireDkimKey(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DkimKeyPayload> {
    return payload(context, await retireDkimKey(context, input))
  }

  @Mutation(() => DkimKeyPayload, { description: 'At once, for a key that somebody else may have.' })
  @Allow('update', 'DkimKey')
  async revokeDkimKey(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DkimKeyPayload> {
    return payload(context, await revokeDkimKey(context, input))
  }

  @Mutation(() => DeletePayload, { description: 'Of a key that does not sign and has nothing under way.' })
  @Allow('delete', 'DkimKey')
  async deleteDkimKey(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteDkimKey(context, input), errors: [] }
  }
}

@Resolver(() => Domain)
export class DomainDkimResolver {
  @FieldResolver(() => [DkimKey], { description: 'All that it has, with those that sign no more.' })
  dkimKeys(@Root() domain: Domain, @Ctx() context: AdminContext): Promise<DkimKey[]> {
    return dkimKeysOfDomain(context, domain.id)
  }
}

async function payload(context: AdminContext, id: string): Promise<DkimKeyPayload> {
  forgetLoaded(context)
  return { dkimKey: await visibleDkimKey(context, id), errors: [] }
}
