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
  @Field(() => ID, { description: 'It tells of this tenant and of all below.' })
  tenantId: string

  @Field(() => String, { description: 'https; http only into inner networks that the operator has named.' })
  url: string

  @Field(() => String, { nullable: true, description: 'What it is for; absent: nothing is said.' })
  description?: string | null

  @Field(() => [WebhookEventTypeEnum], {
    description: 'What it tells of, at least one; the caller must be able to read such objects.',
  })
  eventTypes: string[]

  @Field(() => [ID], { nullable: true, description: 'Of these domains only; null: of all, and of what is in none.' })
  domainIds?: string[] | null
}

@InputType()
export class UpdateWebhookInput extends VersionedInput {
  @Field(() => String, { nullable: true, description: 'https; absent: it stays.' })
  url?: string | null

  @Field(() => String, { nullable: true, description: 'Absent: it stays.' })
  description?: string | null

  @Field(() => [WebhookEventTypeEnum], { nullable: true, description: 'All of them; absent: they stay.' })
  eventTypes?: string[] | null

  @Field(() => [ID], { nullable: true, description: 'Tells of these domains alone; null: of all. Absent: they stay.' })
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
