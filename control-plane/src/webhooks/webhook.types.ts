/** Inputs, payloads and connection of webhooks. */
import { ArgsType, Field, ID, InputType, ObjectType } from 'type-graphql'
import { countedConnectionOf, edgeOf, PageArguments } from '../platform/graphql/connection-types.js'
import { Payload } from '../platform/graphql/mutation-error.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import { WebhookEventTypeEnum } from './webhook-events.js'
import { Webhook, WebhookStatusEnum, type WebhookStatus } from './webhook.entity.js'

@ObjectType()
class WebhookEdge extends edgeOf(Webhook) {}

@ObjectType()
export class WebhookConnection extends countedConnectionOf(Webhook, WebhookEdge) {}

@InputType()
export class WebhookFilter {
  @Field(() => ID, { nullable: true, description: 'Of this tenant and all below it.' })
  withinId?: string | null

  @Field(() => WebhookStatusEnum, { nullable: true })
  status?: WebhookStatus | null
}

@ArgsType()
export class WebhooksArguments extends PageArguments {
  @Field(() => WebhookFilter, { nullable: true })
  filter?: WebhookFilter | null
}

@InputType()
export class CreateWebhookInput {
  @Field(() => ID)
  tenantId: string

  @Field(() => String, { description: 'https; http only into inner networks that the operator has named.' })
  url: string

  @Field(() => String, { nullable: true })
  description?: string | null

  @Field(() => [WebhookEventTypeEnum])
  eventTypes: string[]

  @Field(() => [ID], { nullable: true, description: 'Of these domains only; null: of all, and of what is in none.' })
  domainIds?: string[] | null
}

@InputType()
export class UpdateWebhookInput extends VersionedInput {
  @Field(() => String, { nullable: true })
  url?: string | null

  @Field(() => String, { nullable: true })
  description?: string | null

  @Field(() => [WebhookEventTypeEnum], { nullable: true })
  eventTypes?: string[] | null

  @Field(() => [ID], { nullable: true })
  domainIds?: string[] | null

  @Field(() => WebhookStatusEnum, { nullable: true, description: 'ACTIVE or PAUSED.' })
  status?: WebhookStatus | null
}

@ObjectType()
export class WebhookPayload extends Payload {
  @Field(() => Webhook, { nullable: true })
  webhook: Webhook | null
}

@ObjectType()
export class WebhookSecretPayload extends WebhookPayload {
  @Field(() => String, { nullable: true, description: 'Shown this once.' })
  secret: string | null
}
