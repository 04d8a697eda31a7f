import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { Domain, visibleDomain } from '../domains/index.js'
import { MailNode, visibleMailNode } from '../nodes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { newMailEvents } from './mail-event.feed.js'
import { listMailEvents } from './mail-event.queries.js'
import { MailEvent, MailEventConnection, MailEventFilter, MailEventsArguments } from './mail-event.types.js'

@Resolver(() => MailEvent)
export class MailEventResolver {
  @Query(() => MailEventConnection, { description: 'Newest first.' })
  @Allow('read', 'MailEvent')
  mailEvents(
    @Args(() => MailEventsArguments) request: MailEventsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<MailEvent>> {
    return listMailEvents(context, request)
  }

  @FieldResolver(() => MailNode, { nullable: true })
  mailNode(@Root() event: MailEvent, @Ctx() context: AdminContext): Promise<MailNode | null> {
    return visibleMailNode(context, event.mailNodeId)
  }

  @FieldResolver(() => Domain, {
    nullable: true,
    description: 'Null where the viewer may not see it any more, or the event belongs to no domain.',
  })
  domain(@Root() event: MailEvent, @Ctx() context: AdminContext): Promise<Domain | null> {
    return visibleDomain(context, event.domainId)
  }

  @Subscription(() => MailEvent, {
    subscribe: ({ context, args }) =>
      newMailEvents(context as AdminContext, (args as { filter?: MailEventFilter | null }).filter ?? {}),
    description: 'New events that the viewer may see; at most 50 a second, the newest win.',
  })
  @Allow('read', 'MailEvent')
  mailEventAdded(
    @Root() event: MailEvent,
    @Arg('filter', () => MailEventFilter, { nullable: true }) _filter?: MailEventFilter,
  ): MailEvent {
    return event
  }
}
