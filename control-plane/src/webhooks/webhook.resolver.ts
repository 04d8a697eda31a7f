import { Arg, Args, Ctx, FieldResolver, ID, Mutation, Query, Resolver, Root } from 'type-graphql'
import { Allow, may, type AdminContext } from '../access/index.js'
import { Domain, visibleDomain } from '../domains/index.js'
import type { ConnectionValue } from '../platform/graphql/connection-types.js'
import { DeletePayload } from '../platform/graphql/mutation-error.js'
import { DateTimeScalar } from '../platform/graphql/scalars.js'
import { VersionedInput } from '../platform/graphql/versioned-input.js'
import type { Outbound } from '../platform/http/outbound.js'
import { forgetLoaded } from '../platform/loader.js'
import { Tenant, tenantSubject } from '../tenants/index.js'
import { Webhook } from './webhook.entity.js'
import { failingSinceOf, listWebhooks, visibleWebhook } from './webhook.queries.js'
import { createWebhook, deleteWebhook, rotateWebhookSecret, updateWebhook } from './webhook.service.js'
import {
  CreateWebhookInput,
  UpdateWebhookInput,
  WebhookConnection,
  WebhookPayload,
  WebhooksArguments,
  WebhookSecretPayload,
} from './webhook.types.js'

@Resolver(() => Webhook)
export class WebhookResolver {
  constructor(private readonly outbound: Outbound) {}

  @Query(() => Webhook, { nullable: true })
  @Allow('read', 'Webhook')
  webhook(@Arg('id', () => ID) id: string, @Ctx() context: AdminContext): Promise<Webhook | null> {
    return visibleWebhook(context, id)
  }

  @Query(() => WebhookConnection, { description: 'Newest first.' })
  @Allow('read', 'Webhook')
  webhooks(
    @Args(() => WebhooksArguments) request: WebhooksArguments,
    @Ctx() context: AdminContext,
  ): Promise<ConnectionValue<Webhook>> {
    return listWebhooks(context, request)
  }

  @FieldResolver(() => Tenant, {
    nullable: true,
    description: 'Whose it is; it tells of that tenant and of all below. Null where the viewer may not see it.',
  })
  tenant(@Root() webhook: Webhook, @Ctx() context: AdminContext): Tenant | null {
    return may(context, 'read', tenantSubject(webhook.tenant)) ? webhook.tenant : null
  }

  @FieldResolver(() => [Domain], {
    nullable: true,
    description: 'Null: all. Of those named, the ones that the viewer may see.',
  })
  async domains(@Root() webhook: Webhook, @Ctx() context: AdminContext): Promise<Domain[] | null> {
    if (webhook.domainIds === null) return null
    const found = await Promise.all(webhook.domainIds.map((id) => visibleDomain(context, id)))
    return found.filter((domain) => domain !== null)
  }

  @FieldResolver(() => DateTimeScalar, {
    nullable: true,
    description: 'Since then nothing was taken; a day of that disables it.',
  })
  failingSince(@Root() webhook: Webhook, @Ctx() context: AdminContext): Promise<Date | null> {
    return failingSinceOf(context).load(webhook.id)
  }

  @Mutation(() => WebhookSecretPayload, {
    description: 'Tells of no more than its maker may read. The secret is shown this once.',
  })
  @Allow('create', 'Webhook')
  async createWebhook(@Arg('input', () => CreateWebhookInput) input: CreateWebhookInput, @Ctx() context: AdminContext) {
    return secretPayload(context, await createWebhook(context, this.outbound, input))
  }

  @Mutation(() => WebhookPayload, { description: 'ACTIVE again, it goes on with what happens from then on.' })
  @Allow('update', 'Webhook')
  async updateWebhook(@Arg('input', () => UpdateWebhookInput) input: UpdateWebhookInput, @Ctx() context: AdminContext) {
    return payload(context, await updateWebhook(context, this.outbound, input))
  }

  @Mutation(() => WebhookSecretPayload, { description: 'For 24 hours the secret before signs as well.' })
  @Allow('update', 'Webhook')
  async rotateWebhookSecret(@Arg('input', () => VersionedInput) input: VersionedInput, @Ctx() context: AdminContext) {
    return secretPayload(context, await rotateWebhookSecret(context, input))
  }

  @Mutation(() => DeletePayload, { description: 'With its log.' })
  @Allow('delete', 'Webhook')
  async deleteWebhook(
    @Arg('input', () => VersionedInput) input: VersionedInput,
    @Ctx() context: AdminContext,
  ): Promise<DeletePayload> {
    return { deletedId: await deleteWebhook(context, input), errors: [] }
  }
}

async function payload(context: AdminContext, id: string): Promise<WebhookPayload> {
  forgetLoaded(context)
  return { webhook: await visibleWebhook(context, id), errors: [] }
}

const secretPayload = async (
  context: AdminContext,
  { id, secret }: { id: string; secret: string },
): Promise<WebhookSecretPayload> => ({ ...(await payload(context, id)), secret })
