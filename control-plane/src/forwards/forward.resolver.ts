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

  @FieldResolver(() => StatusEnum, { description: '`SUSPENDED` also where its mailbox, domain or a tenant above is.' })
  async effectiveStatus(@Root() forward: Forward, @Ctx() context: AdminContext): Promise<Status> {
    return forward.status === 'SUSPENDED' ? 'SUSPENDED' : effectiveStatusOfMailbox(context, forward.mailbox)
  }

  /** Whoever sees a forward sees its mailbox: both are a matter of the same path. */
  @FieldResolver(() => Mailbox, { description: 'Whose mail it is.' })
  mailbox(@Root() forward: Forward): Mailbox {
    return forward.mailbox
  }

  @Mutation(() => ForwardPayload, {
    description: "Sends copies of a mailbox's mail on, as far as the policy `FORWARDING` lets it.",
  })
  @Allow('create', 'Forward')
  async createForward(@Arg('input', () => CreateForwardInput) input: CreateForwardInput, @Ctx() context: AdminContext) {
    return payload(context, await createForward(context, input))
  }

  @Mutation(() => ForwardPayload, { description: 'Changes where copies go, and whether the mailbox keeps the mail.' })
  @Allow('update', 'Forward')
  async updateForward(@Arg('input', () => UpdateForwardInput) input: UpdateForwardInput, @Ctx() context: AdminContext) {
    return payload(context, await updateForward(context, input))
  }

  @Mutation(() => ForwardPayload, { description: 'Keeps mail in the mailbox alone until it is resumed.' })
  @Allow('suspend', 'Forward')
  async suspendForward(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setForwardStatus(context, input, 'SUSPENDED'))
  }

  @Mutation(() => ForwardPayload, { description: 'Sends copies on again.' })
  @Allow('suspend', 'Forward')
  async resumeForward(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return payload(context, await setForwardStatus(context, input, 'ACTIVE'))
  }

  @Mutation(() => DeletePayload, { description: 'Ends forwarding for good; mail stays in the mailbox.' })
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
