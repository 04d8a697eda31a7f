import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, type AdminContext } from '../access/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { forgetLoaded } from '../platform/loader.js'
import { attemptsOf, listDeliveries, visibleBody, visibleDelivery } from './delivery.queries.js'
import { pingWebhook, redeliver } from './delivery.service.js'
import {
  PingWebhookInput,
  RedeliverWebhookDeliveryInput,
  WebhookAttempt,
  WebhookDeliveriesArguments,
  WebhookDelivery,
  WebhookDeliveryConnection,
  WebhookDeliveryPayload,
} from './delivery.types.js'
import { Webhook } from './webhook.entity.js'
import { visibleWebhook } from './webhook.queries.js'

@Resolver(() => WebhookDelivery)
export class WebhookDeliveryResolver {
  @Query(() => WebhookDelivery, { nullable: true })
  @Allow('read', 'Webhook')
  webhookDelivery(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<WebhookDelivery | null> {
    return visibleDelivery(context, id)
  }

  @Query(() => WebhookDeliveryConnection, { description: 'Newest first; kept for 30 days.' })
  @Allow('read', 'Webhook')
  webhookDeliveries(
    @Args(() => WebhookDeliveriesArguments) request: WebhookDeliveriesArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<WebhookDelivery>> {
    return listDeliveries(context, request)
  }

  @FieldResolver(() => Webhook, { nullable: true, description: 'By which it is told; null where that is gone.' })
  webhook(@Root() delivery: WebhookDelivery, @Ctx() context: AdminContext): Promise<Webhook | null> {
    return visibleWebhook(context, delivery.webhookId)
  }

  @FieldResolver(() => String, {
    nullable: true,
    description: 'The JSON that is sent; null where the viewer may not read what it tells of.',
  })
  body(@Root() delivery: WebhookDelivery, @Ctx() context: AdminContext): Promise<string | null> {
    return visibleBody(context, delivery)
  }

  @FieldResolver(() => [WebhookAttempt], { description: 'Oldest first.' })
  log(@Root() delivery: WebhookDelivery, @Ctx() context: AdminContext): Promise<WebhookAttempt[]> {
    return attemptsOf(context).load(delivery.id)
  }

  @Mutation(() => WebhookDeliveryPayload, { description: 'Sends a test, `webhook.ping`.' })
  @Allow('update', 'Webhook')
  async pingWebhook(@Arg('input', () => PingWebhookInput) input: PingWebhookInput, @Ctx() context: AdminContext) {
    return payload(context, await pingWebhook(context, input.id))
  }

  @Mutation(() => WebhookDeliveryPayload, { description: 'Sends it again, with the same `webhook-id`.' })
  @Allow('update', 'Webhook')
  async redeliverWebhookDelivery(
    @Arg('input', () => RedeliverWebhookDeliveryInput) input: RedeliverWebhookDeliveryInput,
    @Ctx() context: AdminContext,
  ) {
    return payload(context, await redeliver(context, input.id))
  }
}

async function payload(context: AdminContext, id: string): Promise<WebhookDeliveryPayload> {
  forgetLoaded(context)
  return { delivery: await visibleDelivery(context, id), errors: [] }
}
