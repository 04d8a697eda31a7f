import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain } from '../domains/index.js'
import { Mailbox, visibleMailbox } from '../mailboxes/index.js'
import { MailNode, visibleMailNode } from '../nodes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { QueueHold } from './queue-hold.entity.js'
import { visibleHoldsOf } from './queue-hold.queries.js'
import { commandQueue, type QueueAction } from './queue.service.js'
import {
  QueueCommandPayload,
  QueueDestination,
  QueueDestinationsArguments,
  QueuedMessageConnection,
  QueuedMessagesArguments,
  QueueScopeInput,
} from './queue.types.js'
import { QueuedMessage, QueuedMessageStateEnum, type QueuedMessageState } from './queued-message.entity.js'
import { countDestinations, isHeld, listQueuedMessages, visibleQueuedMessage } from './queued-message.queries.js'

@Resolver(() => QueuedMessage)
export class QueuedMessageResolver {
  @Query(() => QueuedMessage, { nullable: true })
  @Allow('read', 'QueuedMessage')
  queuedMessage(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<QueuedMessage | null> {
    return visibleQueuedMessage(context, id)
  }

  @Query(() => QueuedMessageConnection, { description: 'What waits in outbound queues; the oldest first.' })
  @Allow('read', 'QueuedMessage')
  queuedMessages(
    @Args(() => QueuedMessagesArguments) request: QueuedMessagesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<QueuedMessage>> {
    return listQueuedMessages(context, request)
  }

  @Query(() => [QueueDestination], { description: 'The destinations for which most waits.' })
  @Allow('read', 'QueuedMessage')
  queueDestinations(
    @Args(() => QueueDestinationsArguments) request: QueueDestinationsArguments,
    @Ctx() context: AdminContext,
  ): Promise<QueueDestination[]> {
    return countDestinations(context, request)
  }

  @FieldResolver(() => QueuedMessageStateEnum, { description: 'What it waits for.' })
  async state(@Root() message: QueuedMessage, @Ctx() context: AdminContext): Promise<QueuedMessageState> {
    if (await isHeld(context).load(message.id)) return 'HELD'
    return message.attempts > 0 ? 'DEFERRED' : 'WAITING'
  }

  @FieldResolver(() => [QueueHold], {
    description: 'What holds it, as far as the viewer may see that; of HELD none where it is held from above.',
  })
  holds(@Root() message: QueuedMessage, @Ctx() context: AdminContext): Promise<QueueHold[]> {
    return visibleHoldsOf(context).load(message.id)
  }

  @FieldResolver(() => Domain, { description: 'On whose behalf it is sent.' })
  domain(@Root() message: QueuedMessage): Domain {
    return message.domain
  }

  @FieldResolver(() => Mailbox, { nullable: true, description: 'That sent or forwarded it.' })
  mailbox(@Root() { mailboxId }: QueuedMessage, @Ctx() context: AdminContext): Promise<Mailbox | null> | null {
    return mailboxId === null ? null : visibleMailbox(context, mailboxId)
  }

  @FieldResolver(() => MailNode, {
    nullable: true,
    description: 'In whose queue it is; null where the viewer may not see nodes.',
  })
  mailNode(@Root() message: QueuedMessage, @Ctx() context: AdminContext): Promise<MailNode | null> {
    return visibleMailNode(context, message.mailNodeId)
  }

  @Mutation(() => QueueCommandPayload, { description: 'Tries them now. What is held stays so.' })
  @Allow('update', 'QueuedMessage')
  retryQueuedMessages(
    @Arg('input', () => QueueScopeInput) input: QueueScopeInput,
    @Ctx() context: AdminContext,
  ): Promise<QueueCommandPayload> {
    return command(context, 'RETRY', input)
  }

  @Mutation(() => QueueCommandPayload, { description: 'Gives them up: their senders are told by a notification.' })
  @Allow('delete', 'QueuedMessage')
  bounceQueuedMessages(
    @Arg('input', () => QueueScopeInput) input: QueueScopeInput,
    @Ctx() context: AdminContext,
  ): Promise<QueueCommandPayload> {
    return command(context, 'BOUNCE', input)
  }

  @Mutation(() => QueueCommandPayload, { description: 'Gives them up, and tells nobody.' })
  @Allow('delete', 'QueuedMessage')
  deleteQueuedMessages(
    @Arg('input', () => QueueScopeInput) input: QueueScopeInput,
    @Ctx() context: AdminContext,
  ): Promise<QueueCommandPayload> {
    return command(context, 'DELETE', input)
  }
}

const command = async (
  context: AdminContext,
  action: QueueAction,
  input: QueueScopeInput,
): Promise<QueueCommandPayload> => ({ messageCount: await commandQueue(context, action, input), errors: [] })
