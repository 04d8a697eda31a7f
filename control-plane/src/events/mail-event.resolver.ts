import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root, Subscription } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import { recordRead } from '../audit/index.js'
import { Domain, visibleDomain } from '../domains/index.js'
import { MailNode, visibleMailNode } from '../nodes/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { visibleTenant } from '../tenants/index.js'
import { newMailEvents } from './mail-event.feed.js'
import { countMailEvents } from './mail-event.facets.js'
import { MailEventFacets, MailEventFacetsArguments } from './mail-event-facets.types.js'
import { messageTimeline } from './message-timeline.js'
import { listMailEvents } from './mail-event.queries.js'
import {
  MailEvent,
  MailEventConnection,
  MailEventFilter,
  MailEventsArguments,
  MessageTimeline,
} from './mail-event.types.js'

@Resolver(() => MailEvent)
export class MailEventResolver {
  @Query(() => MailEventConnection, { description: 'Newest first.' })
  @Allow('read', 'MailEvent')
  async mailEvents(
    @Args(() => MailEventsArguments) request: MailEventsArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<MailEvent>> {
    const events = await listMailEvents(context, request)
    await recordLookIntoLog(context, request.filter)
    return events
  }

  @Query(() => MailEventFacets, {
    description:
      'Counts of what `mailEvents` finds with the same filter: exact up to 100,000 events, and beyond that of the newest 100,000.',
  })
  @Allow('read', 'MailEvent')
  async mailEventFacets(
    @Args(() => MailEventFacetsArguments) { filter, timeZone }: MailEventFacetsArguments,
    @Ctx() context: AdminContext,
  ): Promise<MailEventFacets> {
    const facets = await countMailEvents(context, filter ?? {}, timeZone)
    await recordLookIntoLog(context, filter)
    return facets
  }

  @Query(() => MessageTimeline, {
    description: 'Of a transaction, and of all others that had the same message. Empty where there is nothing to see.',
  })
  @Allow('read', 'MailEvent')
  async messageTimeline(
    @Arg('transactionId', () => String, {
      description: 'As a mail event has it: the id in the Received field of its node.',
    })
    transactionId: string,
    @Ctx() context: AdminContext,
  ): Promise<MessageTimeline> {
    const timeline = await messageTimeline(context, transactionId)
    await recordLookIntoLog(context, { transactionId })
    return timeline
  }

  @FieldResolver(() => MailNode, {
    nullable: true,
    description: 'Which node told it; null where the viewer may not see nodes.',
  })
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
    subscribe: async ({ context, args }) => {
      const { filter } = args as { filter?: MailEventFilter | null }
      await recordLookIntoLog(context as AdminContext, filter)
      return newMailEvents(context as AdminContext, filter ?? {})
    },
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

/** In the trail of whom it was about, where the viewer sees who that is; else in that of the viewer's own tenant. */
async function recordLookIntoLog(context: AdminContext, filter: MailEventFilter | null | undefined): Promise<void> {
  const domain = await visibleDomain(context, filter?.domainId ?? null)
  const tenant = await visibleTenant(context, filter?.withinId ?? null)
  const mailNode = await visibleMailNode(context, filter?.mailNodeId ?? null)
  // No id of what the viewer may not see: the trail is read by others, and may be searched for it.
  const seen = { domainId: domain?.id, withinId: tenant?.id, mailNodeId: mailNode?.id }
  await recordRead(context, {
    subjectType: 'MailEvent',
    tenantId: domain?.tenantId ?? tenant?.id,
    request: { filter: { ...filter, ...seen } },
  })
}
