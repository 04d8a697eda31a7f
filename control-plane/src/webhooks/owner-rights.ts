/** What a webhook's tenant may read: the most that a tenant can give to anybody, as it is at that moment. */
import { abilityOf, tenantCeiling } from '../access/index.js'
import type { WebhookEventKind } from './webhook-events.js'
import { webhookEventKinds } from './webhook-events.js'

export interface Listener {
  id: string
  tenantId: string
  kind: 'PLATFORM' | 'RESELLER' | 'CUSTOMER'
  path: string
  eventTypes: string[]
  domainIds: string[] | null
}

interface Queryable {
  query<Row>(sql: string, parameters: unknown[]): Promise<Row>
}

/** Those at or above any of these tenants, and the platform's; a tenant that is suspended or deleted, itself or above, hears nothing. */
export const readListeners = (database: Queryable, paths: readonly string[], aboutMail: boolean): Promise<Listener[]> =>
  database.query<Listener[]>(
    `SELECT webhook.id, webhook.tenant_id AS "tenantId", owner.kind, owner.path::text AS path,
       webhook.event_types AS "eventTypes", webhook.domain_ids AS "domainIds"
     FROM webhook JOIN tenant AS owner ON owner.id = webhook.tenant_id
     WHERE webhook.status = 'ACTIVE' ${aboutMail ? 'AND webhook.about_mail' : ''}
       AND (owner.kind = 'PLATFORM' OR owner.path @> ANY($1::ltree[])) AND ${ownerIsActive}
     ORDER BY webhook.id`,
    [paths],
  )

export const ownerIsActive = `NOT EXISTS (SELECT FROM tenant AS above
  WHERE above.path @> owner.path AND (above.status = 'SUSPENDED' OR above.deleted_at IS NOT NULL))`

export const abilityOfOwner = (owner: Listener) =>
  abilityOf(tenantCeiling({ id: owner.tenantId, kind: owner.kind, path: owner.path }))

export const kindsOf = (listener: Listener): WebhookEventKind[] =>
  listener.eventTypes.map((name) => webhookEventKinds.get(name)).filter((kind) => kind !== undefined)
