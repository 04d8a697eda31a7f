/**
 * Changes of webhooks. A webhook belongs to its tenant and outlives whoever made it; so nobody sets one up, or changes where one leads,
 * for what they could not read themselves.
 */
import { isIP } from 'node:net'
import type { EntityManager } from 'typeorm'
import { authorize, may, requireCovering, type Action, type AdminContext, type Rule } from '../access/index.js'
import { ExpectedError, invalidInput, notFound } from '../platform/errors.js'
import type { VersionedInput } from '../platform/graphql/versioned-input.js'
import { OutboundError, type Outbound } from '../platform/http/outbound.js'
import { isId, newId } from '../platform/ids.js'
import { requireText, withoutNull } from '../platform/input.js'
import { isGiven } from '../platform/is-given.js'
import { deleteVersioned, updateVersioned } from '../platform/versioned.js'
import { requireNotDeleted, requireTenant, type Tenant } from '../tenants/index.js'
import { isInDomain, webhookEventKinds, type WebhookEventKind } from './webhook-events.js'
import { newWebhookSecret } from './webhook-signature.js'
import { secretPurpose, Webhook, webhookSubject } from './webhook.entity.js'
import type { CreateWebhookInput, UpdateWebhookInput } from './webhook.types.js'

const maxUrl = 2_000
const maxDescription = 200
const maxDomains = 200
const maxOfTenant = 50
/** So long the secret before signs as well. */
const rotationHours = 24

async function requireUrl(text: string, outbound: Outbound): Promise<string> {
  const wrong = (message: string): ExpectedError => invalidInput(['url'], message)
  const url = URL.canParse(text) && text.length <= maxUrl ? new URL(text) : null
  if (!url || !['http:', 'https:'].includes(url.protocol)) throw wrong('This is no https URL.')
  if (url.username || url.password) throw wrong('A URL must not hold a user or password.')
  if (url.protocol === 'http:' && !outbound.reachesInner) throw wrong('Only https.')
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // What a name leads to is looked at with each request; an address says it by itself.
  if (isIP(host)) {
    await outbound.addresses(host).catch((error: unknown) => {
      throw error instanceof OutboundError ? wrong('This address cannot be reached from here.') : error
    })
  }
  url.hash = ''
  return url.href
}

function requireEventKinds(names: readonly string[]): WebhookEventKind[] {
  if (names.length === 0) throw invalidInput(['eventTypes'], 'This must not be empty.')
  return [...new Set(names)].map((name) => {
    const kind = webhookEventKinds.get(name)
    if (!kind) throw invalidInput(['eventTypes'], 'A test is sent when it is asked for.')
    return kind
  })
}

async function requireDomains(
  manager: EntityManager,
  tenant: Tenant,
  ids: readonly string[],
  kinds: readonly WebhookEventKind[],
): Promise<string[]> {
  if (ids.length === 0) throw invalidInput(['domainIds'], 'This must not be empty; null is all.')
  if (ids.length > maxDomains) throw invalidInput(['domainIds'], `At most ${maxDomains}.`, { max: maxDomains })
  const outside = kinds.find((kind) => !isInDomain(kind))
  if (outside) throw invalidInput(['eventTypes'], `${outside.name} is of no domain.`, { type: outside.name })
  const distinct = [...new Set(ids.map((id) => id.toLowerCase()))]
  const found: { id: string }[] = await manager.query(
    `SELECT domain.id FROM domain JOIN tenant ON tenant.id = domain.tenant_id
     WHERE domain.id = ANY($1::uuid[]) AND tenant.path <@ $2::ltree`,
    [distinct.filter(isId), tenant.path],
  )
  if (found.length !== distinct.length) throw notFound(['domainIds'])
  return distinct
}

/** What whoever reads the webhook's messages reads. */
function rulesOf(tenant: Tenant, kinds: readonly WebhookEventKind[], domainIds: readonly string[] | null): Rule[] {
  const subjects = new Set(kinds.map(({ subject }) => subject))
  // Changes come with what the audit trail says of them.
  const audited = kinds.some(({ subject }) => subject !== 'MailEvent')
  const rule = (subject: Rule['subject'], conditions: Rule['conditions']): Rule => ({
    effect: 'ALLOW',
    actions: ['read'],
    subject,
    conditions,
    origin: { kind: 'TOKEN' },
  })
  return [
    ...[...subjects].map((subject) => {
      if (subject === 'MailNode') return rule(subject, {})
      const domains = domainIds && { [subject === 'Domain' ? 'id' : 'domainId']: { $in: domainIds } }
      return rule(subject, { within: tenant.path, ...domains })
    }),
    ...(audited ? [rule('AuditEntry', { within: tenant.path })] : []),
  ]
}

export async function requireWebhook(
  context: AdminContext,
  manager: EntityManager,
  id: string,
  action: Action,
): Promise<Webhook> {
  const webhook = isId(id) ? await manager.findOne(Webhook, { where: { id }, relations: { tenant: true } }) : null
  authorize(context, action, webhook && webhookSubject(webhook))
  return webhook!
}

export async function createWebhook(context: AdminContext, outbound: Outbound, input: CreateWebhookInput) {
  const id = newId()
  const secret = newWebhookSecret()
  await context.database.transaction(async (manager) => {
    const tenant = await requireTenant(context, manager, input.tenantId, 'read', ['tenantId'])
    if (!may(context, 'create', webhookSubject({ id, tenant }))) throw new ExpectedError('FORBIDDEN')
    await requireNotDeleted(manager, tenant.path, ['tenantId'])
    const url = await requireUrl(input.url, outbound)
    const kinds = requireEventKinds(input.eventTypes)
    const domainIds = isGiven(input.domainIds) ? await requireDomains(manager, tenant, input.domainIds, kinds) : null
    requireCovering(context, rulesOf(tenant, kinds, domainIds), ['eventTypes'])
    // Of two that are made at once, the second one counts the first.
    await manager.query('SELECT FROM tenant WHERE id = $1 FOR NO KEY UPDATE', [tenant.id])
    const known = await manager.countBy(Webhook, { tenantId: tenant.id })
    if (known >= maxOfTenant) {
      throw invalidInput(['tenantId'], `A tenant has at most ${maxOfTenant} webhooks.`, { max: maxOfTenant })
    }
    await manager.insert(Webhook, {
      id,
      tenantId: tenant.id,
      url,
      description: descriptionOf(input.description ?? ''),
      eventTypes: [...new Set(input.eventTypes)],
      aboutMail: isAboutMail(kinds),
      domainIds,
      sealedSecret: context.secrets.seal(secret, secretPurpose(id)),
    } as never)
    await manager.query('INSERT INTO webhook_health (webhook_id, tenant_id) VALUES ($1, $2)', [id, tenant.id])
  })
  return { id, secret }
}

const descriptionOf = (text: string): string =>
  text.trim() === '' ? '' : requireText(text, ['description'], maxDescription)
const isAboutMail = (kinds: readonly WebhookEventKind[]): boolean =>
  kinds.some(({ subject }) => subject === 'MailEvent')

export async function updateWebhook(
  context: AdminContext,
  outbound: Outbound,
  input: UpdateWebhookInput,
): Promise<string> {
  const status = withoutNull(input.status, ['status'])
  return context.database.transaction(async (manager) => {
    const webhook = await requireWebhook(context, manager, input.id, 'update')
    if (status === 'DISABLED') throw invalidInput(['status'], 'A webhook is disabled by itself; pause it.')
    const url = withoutNull(input.url, ['url'])
    const names = withoutNull(input.eventTypes, ['eventTypes']) ?? webhook.eventTypes
    const kinds = requireEventKinds(names)
    const given = input.domainIds === undefined ? webhook.domainIds : input.domainIds
    // Of those it has, some may have gone meanwhile.
    const domainIds =
      isGiven(given) && input.domainIds !== undefined
        ? await requireDomains(manager, webhook.tenant, given, kinds)
        : given
    requireCovering(context, rulesOf(webhook.tenant, kinds, domainIds), ['eventTypes'])
    const reactivated = status !== undefined && { status, disabledReason: null, disabledAt: null }
    await updateVersioned(manager, Webhook, input, {
      url: url === undefined ? undefined : await requireUrl(url, outbound),
      description: isGiven(input.description) ? descriptionOf(input.description) : undefined,
      eventTypes: [...new Set(names)],
      aboutMail: isAboutMail(kinds),
      domainIds,
      ...reactivated,
    })
    // It is given a new day.
    if (status === 'ACTIVE') {
      await manager.query('UPDATE webhook_health SET failing_since = NULL WHERE webhook_id = $1', [webhook.id])
    }
    return webhook.id
  })
}

export async function rotateWebhookSecret(context: AdminContext, input: VersionedInput) {
  const secret = newWebhookSecret()
  const id = await context.database.transaction(async (manager) => {
    const webhook = await requireWebhook(context, manager, input.id, 'update')
    const { sealedSecret } = await manager.findOneOrFail(Webhook, {
      where: { id: webhook.id },
      select: { id: true, sealedSecret: true },
    })
    await updateVersioned(manager, Webhook, input, {
      sealedSecret: context.secrets.seal(secret, secretPurpose(webhook.id)),
      sealedFormerSecret: sealedSecret,
      formerSecretUntil: new Date(Date.now() + rotationHours * 3_600_000),
    })
    return webhook.id
  })
  return { id, secret }
}

export async function deleteWebhook(context: AdminContext, input: VersionedInput): Promise<string> {
  return context.database.transaction(async (manager) => {
    const webhook = await requireWebhook(context, manager, input.id, 'delete')
    await deleteVersioned(manager, Webhook, input)
    return webhook.id
  })
}
