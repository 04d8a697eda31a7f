/**
 * What a node may know: its own settings, the domains placed on it with what is in them, and the policies
 * of those and of the tenants above them. Bans are for every node. What is being rolled out in stages a node has as it had it, until
 * its wave is opened.
 *
 * Every query here is bound to the node, and there is no other way to a resource in a stream. Bodies are built in
 * SQL as the JSON that schema/src/config-resources.ts defines; a test holds the two together.
 */
import type { ConfigKind } from '@mailfleet/schema'
import { heldBody, heldJoin, notHeldBack } from '../../staging/index.js'

export interface Projection {
  /** The resource as JSON, from a row of `table`. */
  select: string
  table:
    | 'mail_node'
    | 'domain'
    | 'mailbox'
    | 'alias'
    | 'mail_group'
    | 'forward'
    | 'app_password'
    | 'send_share'
    | 'policy'
    | 'ban'
    | 'queue_hold'
    | 'queue_command'
  /** Which of the rows belong to node $1; for what is in a domain, which belong to the row of `domain`. */
  where: string
  /** What else than `table` the condition needs. */
  join?: string
  inDomain: boolean
}

const suspendedAbove = `EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS above ON above.path @> own.path
  WHERE own.id = domain.tenant_id AND above.status = 'SUSPENDED')`

/** What nobody has shown to be theirs no node serves, nor even knows: else a claim would keep mail from its owner. */
export const servedDomain = 'domain.mail_node_id = $1 AND domain.proof IS NOT NULL'

/** Suspended, and not receiving meanwhile. */
const closedAbove = `EXISTS (
  SELECT 1 FROM tenant AS own JOIN tenant AS above ON above.path @> own.path
  WHERE own.id = domain.tenant_id AND above.status = 'SUSPENDED'
    AND (above.deleted_at IS NOT NULL OR NOT above.receives_while_suspended))`
/** The labels of a path are ids without dashes. */
const tenantPath = `(SELECT to_jsonb(array(SELECT label::uuid FROM unnest(string_to_array(own.path::text, '.')) AS label))
  FROM tenant AS own WHERE own.id = domain.tenant_id)`

/** Those alone that can be reached there: of the same tenant, on the same node. */
const members = `coalesce((
  SELECT jsonb_agg(jsonb_build_object('mailboxId', member.member_id, 'rights', member.rights, 'sending', member.sending)
    ORDER BY member.member_id)
  FROM mailbox_member AS member
  JOIN mailbox AS theirs ON theirs.id = member.member_id JOIN domain AS home ON home.id = theirs.domain_id
  WHERE member.mailbox_id = mailbox.id AND home.tenant_id = domain.tenant_id AND home.mail_node_id = domain.mail_node_id
), '[]')`
/** Opened on its way to the node (sealed-keys.ts). */
const signingKeys = `(SELECT coalesce(jsonb_agg(jsonb_build_object('id', dkim_key.id, 'selector', dkim_key.selector,
    'algorithm', dkim_key.algorithm, 'sealedPrivateKey', translate(encode(dkim_key.sealed_private_key, 'base64'), E'\\n', ''))
    ORDER BY dkim_key.created_at, dkim_key.id), '[]')
  FROM dkim_key WHERE dkim_key.domain_id = domain.id AND dkim_key.state = 'SIGNING')`

const queueScope = (table: string): string => `'tenantId', ${table}.tenant_id, 'domainId', ${table}.domain_id,
  'mailboxId', ${table}.mailbox_id, 'destination', ${table}.destination`

export const projections: Record<ConfigKind, Projection> = {
  NodeSettings: {
    select: heldBody('NodeSettings'),
    join: heldJoin('NodeSettings'),
    table: 'mail_node',
    where: `mail_node.id = $1 AND ${notHeldBack}`,
    inDomain: false,
  },
  Domain: {
    select: `jsonb_build_object('kind', 'Domain', 'id', domain.id, 'tenantId', domain.tenant_id, 'name', domain.name,
      'status', CASE WHEN ${suspendedAbove} THEN 'SUSPENDED' ELSE domain.status END, 'catchAll', domain.catch_all,
      'receivesWhileSuspended', (domain.status = 'ACTIVE' OR (domain.deleted_at IS NULL AND domain.receives_while_suspended))
        AND NOT ${closedAbove},
      'tenantPath', ${tenantPath}, 'aliasOf', domain.alias_of_id, 'dkimKeys', ${signingKeys})`,
    table: 'domain',
    where: servedDomain,
    inDomain: false,
  },
  Mailbox: {
    select: `jsonb_build_object('kind', 'Mailbox', 'id', mailbox.id, 'domainId', mailbox.domain_id,
      'address', mailbox.address, 'displayName', mailbox.name, 'status', mailbox.status,
      'receivesWhileSuspended', mailbox.deleted_at IS NULL AND mailbox.receives_while_suspended,
      'deleted', mailbox.deleted_at IS NOT NULL,
      'passwordHash', mailbox.password_hash, 'scram', mailbox.scram, 'quotaBytes', mailbox.quota_bytes,
      'members', ${members})`,
    table: 'mailbox',
    where: 'mailbox.domain_id = domain.id',
    inDomain: true,
  },
  Alias: {
    select: `jsonb_build_object('kind', 'Alias', 'id', alias.id, 'domainId', alias.domain_id, 'address', alias.address,
      'status', alias.status, 'targets', to_jsonb(alias.targets))`,
    table: 'alias',
    where: 'alias.domain_id = domain.id',
    inDomain: true,
  },
  Group: {
    select: `jsonb_build_object('kind', 'Group', 'id', mail_group.id, 'domainId', mail_group.domain_id,
      'address', mail_group.address, 'name', mail_group.name, 'status', mail_group.status,
      'members', to_jsonb(mail_group.members), 'owners', to_jsonb(mail_group.owners), 'posting', mail_group.posting,
      'posters', to_jsonb(mail_group.posters))`,
    table: 'mail_group',
    where: 'mail_group.domain_id = domain.id',
    inDomain: true,
  },
  Forward: {
    select: `jsonb_build_object('kind', 'Forward', 'id', forward.id, 'mailboxId', forward.mailbox_id,
      'status', forward.status, 'targets', to_jsonb(forward.targets), 'keepCopy', forward.keep_copy)`,
    table: 'forward',
    join: 'JOIN mailbox ON mailbox.id = forward.mailbox_id',
    where: 'mailbox.domain_id = domain.id',
    inDomain: true,
  },
  AppPassword: {
    select: `jsonb_build_object('kind', 'AppPassword', 'id', app_password.id, 'mailboxId', app_password.mailbox_id,
      'secretHash', app_password.secret_hash, 'scram', app_password.scram, 'protocols', to_jsonb(app_password.protocols),
      'networks', to_jsonb(app_password.networks), 'expiresAt', (extract(epoch FROM app_password.expires_at) * 1000)::bigint)`,
    table: 'app_password',
    join: 'JOIN mailbox ON mailbox.id = app_password.mailbox_id',
    where: 'mailbox.domain_id = domain.id',
    inDomain: true,
  },
  SendBudget: {
    select: `jsonb_build_object('kind', 'SendBudget', 'id', send_share.id, 'tenantId', send_share.tenant_id,
      'day', send_share.day, 'granted', send_share.granted, 'nextDays', send_share.next_days)`,
    table: 'send_share',
    where: 'send_share.mail_node_id = $1',
    inDomain: false,
  },
  Policy: {
    select: heldBody('Policy'),
    join: heldJoin('Policy'),
    table: 'policy',
    where: `${notHeldBack} AND (
      policy.tenant_id IN (
        SELECT above.id FROM (SELECT DISTINCT tenant_id FROM domain WHERE ${servedDomain}) AS served
        JOIN tenant AS own ON own.id = served.tenant_id JOIN tenant AS above ON above.path @> own.path)
      OR policy.domain_id IN (SELECT id FROM domain WHERE ${servedDomain})
      OR EXISTS (SELECT 1 FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
        WHERE mailbox.id = policy.mailbox_id AND ${servedDomain}))`,
    inDomain: false,
  },
  Ban: {
    select: `jsonb_build_object('kind', 'Ban', 'id', ban.id, 'network', ban.network,
      'until', (extract(epoch FROM ban.until) * 1000)::bigint)`,
    table: 'ban',
    // Every node has all of them.
    where: '$1::uuid IS NOT NULL AND ban.until > now()',
    inDomain: false,
  },
  QueueHold: {
    select: `jsonb_build_object('kind', 'QueueHold', 'id', queue_hold.id, ${queueScope('queue_hold')},
      'messages', CASE WHEN queue_hold.transaction_id IS NOT NULL THEN jsonb_build_array(
        jsonb_build_object('transactionId', queue_hold.transaction_id, 'recipient', queue_hold.recipient)) END)`,
    table: 'queue_hold',
    // Those of single messages are their node's; all others every node has.
    where: '(queue_hold.mail_node_id IS NULL OR queue_hold.mail_node_id = $1)',
    inDomain: false,
  },
  QueueCommand: {
    select: `jsonb_build_object('kind', 'QueueCommand', 'id', queue_command.id, 'action', queue_command.action,
      'issuedAt', (extract(epoch FROM queue_command.created_at) * 1000)::bigint, ${queueScope('queue_command')},
      'messages', queue_command.messages)`,
    table: 'queue_command',
    where: '(queue_command.mail_node_id IS NULL OR queue_command.mail_node_id = $1)',
    inDomain: false,
  },
}

/** The order in which a snapshot names kinds: nothing before what it refers to. */
export const snapshotOrder: ConfigKind[] = [
  'NodeSettings',
  'Ban',
  'QueueHold',
  'Policy',
  'SendBudget',
  'Domain',
  'Mailbox',
  'AppPassword',
  'Alias',
  'Group',
  'Forward',
  'QueueCommand',
]
