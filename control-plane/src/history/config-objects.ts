/**
 * The objects that the history is of, and of each the columns that it shows as they were: settings, and whose and where the object is.
 * A column that is not named here, a secret above all, is in no state that the history tells.
 */
import type { SubjectName } from '../access/index.js'

export interface ConfigObject {
  table: string
  /** Columns that people set, by the name that the API gives them. */
  settings: Readonly<Record<string, string>>
  /** Columns that say whose it is. */
  place: readonly string[]
  /** SQL over `item`: the id of the tenant that it belongs to; null: the platform's own. */
  tenant: string
  /** SQL over `item`: what people call it. */
  label: string
}

const ofDomain = '(SELECT domain.tenant_id FROM domain WHERE domain.id = item.domain_id)'
const addressOfMailbox = '(SELECT mailbox.address FROM mailbox WHERE mailbox.id = item.mailbox_id)'
const ofMailbox = `(SELECT domain.tenant_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
  WHERE mailbox.id = item.mailbox_id)`

export const configObjects = {
  MailNode: {
    table: 'mail_node',
    settings: {
      name: 'name',
      hostName: 'host_name',
      status: 'status',
      maxMessageBytes: 'max_message_bytes',
      outboundRoutes: 'outbound_routes',
      retryDelays: 'retry_delays',
      maxQueueAge: 'max_queue_age',
      oauthIssuers: 'oauth_issuers',
    },
    place: [],
    tenant: 'NULL::uuid',
    label: 'item.name',
  },
  Policy: {
    table: 'policy',
    settings: { settings: 'settings' },
    place: ['tenant_id', 'domain_id', 'mailbox_id'],
    tenant: `coalesce(item.tenant_id, ${ofDomain}, ${ofMailbox})`,
    label: `coalesce((SELECT tenant.name FROM tenant WHERE tenant.id = item.tenant_id),
      (SELECT domain.name FROM domain WHERE domain.id = item.domain_id), ${addressOfMailbox})`,
  },
  Domain: {
    table: 'domain',
    settings: { status: 'status', catchAll: 'catch_all', mailNodeId: 'mail_node_id' },
    place: ['tenant_id', 'name', 'alias_of_id', 'deleted_at', 'proof'],
    tenant: 'item.tenant_id',
    label: 'item.name',
  },
  Mailbox: {
    table: 'mailbox',
    settings: { status: 'status', name: 'name', quotaBytes: 'quota_bytes' },
    place: ['domain_id', 'address', 'deleted_at'],
    tenant: ofDomain,
    label: 'item.address',
  },
  Alias: {
    table: 'alias',
    settings: { status: 'status', targets: 'targets' },
    place: ['domain_id', 'address', 'local_part'],
    tenant: ofDomain,
    label: 'item.address',
  },
  Group: {
    table: 'mail_group',
    settings: {
      status: 'status',
      name: 'name',
      members: 'members',
      owners: 'owners',
      posting: 'posting',
      posters: 'posters',
    },
    place: ['domain_id', 'address', 'local_part'],
    tenant: ofDomain,
    label: 'item.address',
  },
  Forward: {
    table: 'forward',
    settings: { status: 'status', targets: 'targets', keepCopy: 'keep_copy' },
    place: ['mailbox_id'],
    tenant: ofMailbox,
    label: addressOfMailbox,
  },
} as const satisfies Partial<Record<SubjectName, ConfigObject>>

export type ConfigObjectType = keyof typeof configObjects
export const configObjectTypes = Object.keys(configObjects) as ConfigObjectType[]
export const configObjectOf = (type: ConfigObjectType): ConfigObject => configObjects[type]
export const isConfigObjectType = (type: string): type is ConfigObjectType => Object.hasOwn(configObjects, type)

/** Of whose changes a revision is made. Changes of access are in the audit trail alone. */
export const historySubjects = [...configObjectTypes, 'Tenant', 'AppPassword', 'DkimKey'] as const
