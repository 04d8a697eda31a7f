import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain, visibleDomain } from '../domains/index.js'
import { Mailbox, visibleMailbox } from '../mailboxes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant } from '../tenants/index.js'
import { QueueHold } from './queue-hold.entity.js'
import { listQueueHolds, visibleQueueHold } from './queue-hold.queries.js'
import { holdMessages, releaseHold } from './queue.service.js'
import { HoldQueuedMessagesInput, QueueHoldConnection, QueueHoldsArguments, QueueHoldsPayload } from './queue.types.js'

@Resolver(() => QueueHold)
export class QueueHoldResolver {
  @Query(() => QueueHold, { nullable: true })
  @Allow('read', 'QueueHold')
  queueHold(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<QueueHold | null> {
    return visibleQueueHold(context, id)
  }

  @Query(() => QueueHoldConnection, { description: 'Newest first.' })
  @Allow('read', 'QueueHold')
  queueHolds(
    @Args(() => QueueHoldsArguments) request: QueueHoldsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<QueueHold>> {
    return listQueueHolds(context, request)
  }

  @FieldResolver(() => Tenant, { description: 'Whose mail is held.' })
  tenant(@Root() hold: QueueHold): Tenant {
    return hold.tenant
  }

  @FieldResolver(() => Domain, { nullable: true, description: 'Mail on behalf of this domain only.' })
  domain(@Root() hold: QueueHold, @Ctx() context: AdminContext): Promise<Domain | null> {
    return visibleDomain(context, hold.domainId)
  }

  @FieldResolver(() => Mailbox, { nullable: true, description: 'Mail of this mailbox only.' })
  mailbox(@Root() { mailboxId }: QueueHold, @Ctx() context: AdminContext): Promise<Mailbox | null> | null {
    return mailboxId === null ? null : visibleMailbox(context, mailboxId)
  }

  @Mutation(() => QueueHoldsPayload, {
    description: 'Keeps them from being sent, and with a tenant, domain, mailbox or destination also what comes later.',
  })
  @Allow('create', 'QueueHold')
  async holdQueuedMessages(
    @Arg('input', () => HoldQueuedMessagesInput) input: HoldQueuedMessagesInput,
    @Ctx() context: AdminContext,
  ): Promise<QueueHoldsPayload> {
    const ids = await holdMessages(context, input)
    forgetLoaded(context)
    const made = await Promise.all(ids.map((id) => visibleQueueHold(context, id)))
    return { queueHolds: made.filter((hold) => hold !== null), errors: [] }
  }

  @Mutation(() => DeletePayload, { description: 'What nothing else holds is sent.' })
  @Allow('delete', 'QueueHold')
  async releaseQueueHold(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<DeletePayload> {
    return { deletedId: await releaseHold(context, id), errors: [] }
  }
}
