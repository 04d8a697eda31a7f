import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { effectiveStatusOfMailbox, Mailbox } from '../mailboxes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { StatusEnum, type Status } from '../platform/graphql/enums.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { forgetLoaded } from '../platform/loader.js'
import { Forward } from './forward.entity.js'
import { listForwards, visibleForward } from './forward.queries.js'
import { createForward, deleteForward, setForwardStatus, updateForward } from './forward.service.js'
import {
  CreateForwardInput,
  ForwardConnection,
  ForwardPayload,
  ForwardsArguments,
  UpdateForwardInput,
} from './forward.types.js'

@Resolver(() => Forward)
export class ForwardResolver {
  @Query(() => Forward, { nullable: true })
  @Allow('read', 'Forward')
  forward(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Forward | null> {
    return visibleForward(context, id)
  }

  @Query(() => ForwardConnection)
  @Allow('read', 'Forward')
  forwards(
    @Args(() => ForwardsArguments) request: ForwardsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Forward>> {
    return listForwards(context, request)
  }

  @FieldResolver(() => StatusEnum)
  async effectiveStatus(@Root() forward: Forward, @Ctx() context: AdminContext): Promise<Status> {
    return forward.status === 'SUSPENDED' ? 'SUSPENDED' : effectiveStatusOfMailbox(context, forward.mailbox)
  }

  /** Whoever sees a forward sees its mailbox: both are a matter of the same path. */
  @FieldResolver(() => Mailbox)
  mailbox(@Root() forward: Forward): Mailbox {
    return forward.mailbox
  }

  @Mutation(() => ForwardPayload)
  @Allow('create', 'Forward')
  async createForward(@Arg('input', () => CreateForwardInput) input: CreateForwardInput, @Ctx() context: AdminContext) {
    return payload(context, await createForward(context, input))
  }

  @Mutation(() => ForwardPayload)
  @Allow('update', 'Forward')
  async updateForward(@Arg('input', () => UpdateForwardInput) input: UpdateForwardInput, @Ctx() context: AdminContext) {
    return payload(context, await updateForward(context, input))
  }

  @Mutation(() => ForwardPayload)
  @Allow('suspend', 'Forward')
  async suspendForward(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setForwardStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => ForwardPayload)
  @Allow('suspend', 'Forward')
  async resumeForward(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setForwardStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload)
  @Allow('delete', 'Forward')
  async deleteForward(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteForward(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<ForwardPayload> {
  forgetLoaded(context)
  return { forward: await visibleForward(context, id), errors: [] }
}
