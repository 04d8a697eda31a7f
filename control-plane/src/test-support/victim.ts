/** Somebody with an object of every kind, somebody else beside them, and the tables where a change would show. */
import { newId } from '../platform/ids.js'
import type { Ids } from './schema-walk.js'
import type { TestApplication } from './test-application.js'
import { defaultStrategy } from '../staging/index.js'
import { jobEnded } from './jobs.js'
import { makeBranch } from './world.js'

export async function makeVictim(application: TestApplication) {
  const victim = await makeBranch(application, 'victim')
  const foreign = await makeBranch(application, 'foreign')
  const { apiToken } = await victim.customer.admin.mutate('createApiToken', { name: 'token' }, 'apiToken { id }')
  const { customer } = victim
  const ids: Ids = {
    Tenant: customer.tenant.id,
    Administrator: customer.administrator.id,
    Domain: customer.domain.id,
    AliasOf: customer.domain.id,
    Mailbox: customer.mailbox.id,
    Alias: customer.alias.id,
    MailboxMembers: customer.mailbox.id,
    Member: customer.mailbox.id,
    Group: customer.group.id,
    AppPassword: customer.appPassword.id,
    Forward: customer.forward.id,
    MailNode: application.mailNodeId,
    ApiToken: apiToken.id,
    BudgetNotice: newId(),
    Node: customer.domain.id,
  }
  const [session] = await application.database.query<{ id: string }>(
    'SELECT id FROM session WHERE administrator_id = $1',
    [ids.Administrator],
  )
  ids.Session = session!.id
  const role = { tenantId: ids.Tenant, name: "victim's role", rules: [] }
  ids.AccessRole = (await application.admin.must('createAccessRole', role)).id
  const grant = {
    tenantId: ids.Tenant,
    receiverEmail: 'victim-customer-admin@people.example',
    rules: [{ effect: 'ALLOW', actions: ['READ'], subjects: ['Mailbox'], scope: 'SUBTREE' }],
    reason: 'victim',
    expiresAt: new Date(Date.now() + 3_600_000),
  }
  ids.Grant = (await application.admin.mutate('offerGrant', grant, 'grant { id }')).grant.id
  const given = { administratorId: ids.Administrator, accessRoleId: ids.AccessRole, tenantId: ids.Tenant }
  ids.RoleAssignment = (await application.admin.must('createRoleAssignment', given, 'id')).id
  await application.database.query(
    `INSERT INTO mail_event (id, at, reported_at, type, mail_node_id, domain_id, tenant_id, sender, recipient, transaction_id)
     SELECT gen_random_uuid(), now(), now(), 'DELIVERED', $1, $2, $3, 'a@b.example', 'someone@victim-customer.example', 'victim'`,
    [application.mailNodeId, ids.Domain, ids.Tenant],
  )
  await application.database.query(
    `INSERT INTO budget_notice (id, tenant_id, resource, kind, allotted, amount)
     VALUES ($2, $1, 'DOMAINS', 'OVERUSED', 1, 2)`,
    [ids.Tenant, ids.BudgetNotice],
  )
  ids.DomainAlert = newId()
  await application.database.query(
    `INSERT INTO domain_alert (id, domain_id, purpose, host, verdict, expected, found)
     VALUES ($1, $2, 'MX', 'victim-customer.example', 'MISSING', 'mx.platform.example', '[]')`,
    [ids.DomainAlert, ids.Domain],
  )
  const oidc = { issuer: 'https://victim-issuer.example', clientId: 'victim' }
  const source = { tenantId: ids.Tenant, kind: 'OIDC', name: "victim's source", oidc }
  ids.IdentitySource = (await application.admin.must('createIdentitySource', source)).id
  const bulk = { tenantId: ids.Tenant, rows: [{ name: 'victim-job.example' }], dryRun: true }
  ids.Job = (await application.admin.mutate('bulkCreateDomains', bulk, 'job { id }')).job.id
  // It runs beside the requests, and would change under the walk.
  await jobEnded(application.admin, ids.Job!)
  ids.Plan = ids.Job!
  ids.Manifest = ids.Tenant!
  const hook = { tenantId: ids.Tenant, url: 'https://victim.example/', eventTypes: ['MAIL_DELIVERED'] }
  const { webhook } = await application.admin.mutate('createWebhook', hook, 'webhook { id }')
  ids.Webhook = ids.WebhookSecret = webhook.id
  ids.SavedSearch = newId()
  await application.database.query(
    `INSERT INTO saved_search (id, administrator_id, tenant_id, name, filter, is_shared) VALUES ($1, $2, $3, 'victim', '{}', true)`,
    [ids.SavedSearch, ids.Administrator, ids.Tenant],
  )
  ids.WebhookDelivery = newId()
  await application.database.query(
    `INSERT INTO webhook_delivery (id, webhook_id, tenant_id, event_type, event_id, subject, subject_tenant_id, subject_path, body, state)
     SELECT $1, $2, id, 'mail.delivered', gen_random_uuid(), 'MailEvent', id, path, '{}', 'DELIVERED' FROM tenant WHERE id = $3`,
    [ids.WebhookDelivery, webhook.id, ids.Tenant],
  )
  ids.Ban = newId()
  await application.database.query(
    `INSERT INTO ban (id, network, failures, strikes, until) VALUES ($1, '192.0.2.66', 50, 1, now() + interval '1 hour')`,
    [ids.Ban],
  )
  ids.QueuedMessage = ids.QueuedMessageIds = newId()
  await application.database.query(
    `INSERT INTO queued_message (id, mail_node_id, stream, transaction_id, recipient, destination, domain_id, mailbox_id, sender,
       queued_at, attempts)
     VALUES ($1, $2, 'queue/1', 'victim', 'a@victim.test', 'victim.test', $3, $4, 'someone@victim-customer.example', now(), 0)`,
    [ids.QueuedMessage, application.mailNodeId, ids.Domain, ids.Mailbox],
  )
  ids.QueueHold = newId()
  await application.database.query(
    `INSERT INTO queue_hold (id, tenant_id, domain_id, destination, reason) VALUES ($1, $2, $3, 'victim.test', 'ADMINISTRATOR')`,
    [ids.QueueHold, ids.Tenant, ids.Domain],
  )
  ids.DkimKey = (
    await application.admin.mutate(
      'createDkimKey',
      { domainId: ids.Domain, algorithm: 'ED25519_SHA256' },
      'dkimKey { id }',
    )
  ).dkimKey.id
  // What it waits for, it does not see here: nothing changes it but the walk.
  await application.database.query('UPDATE dkim_key SET due_at = NULL')
  await application.admin.mutate('offerDomainTransfer', { domainId: ids.Domain }, 'code')
  const [revision] = await application.database.query<{ id: string }>(
    'SELECT transaction_id AS id FROM audit_entry WHERE subject_id = $1 ORDER BY ordinal LIMIT 1',
    [ids.Domain],
  )
  ids.Revision = revision!.id
  ids.Object = ids.Domain!
  ids.Rollout = newId()
  await application.database.query(
    `INSERT INTO rollout (id, tenant_id, kind, resource_id, label, strategy, state)
     SELECT $1, $2, 'Policy', $1, 'victim', $3, 'HALTED'`,
    [ids.Rollout, ids.Tenant, defaultStrategy],
  )
  await application.database.query(`INSERT INTO rollout_strategy (id, tenant_id, settings) VALUES ($1, $1, $2)`, [
    ids.Tenant,
    defaultStrategy,
  ])
  ids.TenantRolloutStrategy = ids.Tenant!
  const secrets = [...Object.values(ids), victim.tenant.id, victim.administrator.id, application.rootId, 'victim']
  const callers = {
    reseller: foreign.reseller,
    'customer admin': foreign.customer.admin,
    support: foreign.support,
    "customer's support": foreign.customer.support,
  }
  return { victim, foreign, ids, secrets, callers }
}

export const callerNames = ['reseller', 'customer admin', 'support', "customer's support"] as const

export async function dump(application: TestApplication): Promise<string> {
  const tables = [
    'tenant',
    'administrator',
    'domain',
    'mailbox',
    'alias',
    'mail_group',
    'mailbox_member',
    'app_password',
    'forward',
    'policy',
    'mail_node',
    'api_token',
    'join_token',
    'budget',
    'access_role',
    'access_grant',
    'role_assignment',
    'session',
    'ban',
    'job',
    'job_row',
    'upload',
    'webhook',
    'saved_search',
    'webhook_delivery',
    'queued_message',
    'queue_hold',
    'queue_command',
    'dkim_key',
    'dkim_first_keys',
    'domain_transfer',
    'domain_dns_check',
    'domain_alert',
    'identity_source',
    'identity_source_domain',
    'external_identity',
    'rollout',
    'rollout_strategy',
  ]
  const parts = await Promise.all(
    tables.map((table) => application.database.query(`SELECT * FROM ${table} ORDER BY 1`)),
  )
  return JSON.stringify(parts)
}
