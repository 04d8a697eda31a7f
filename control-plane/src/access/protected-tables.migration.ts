/** Row-level security for the tables that were there before it, and triggers that work whoever fires them. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { openTable, protectTable, reached, stopProtecting, type ProtectedTable } from './protected-table.js'
import { viewerRole } from './reach.js'

const tables: ProtectedTable[] = [
  {
    table: 'tenant',
    // By the path where it is only about to be there.
    of: [
      { sql: reached.tenant('tenant.id') },
      { sql: reached.path('tenant.path') },
      { sql: reached.named('tenant.id') },
    ],
  },
  { table: 'administrator', of: ['tenant', { sql: reached.administrator('administrator.id') }] },
  { table: 'session', of: 'administrator' },
  { table: 'api_token', of: 'administrator' },
  { table: 'sign_in_step', of: 'administrator' },
  { table: 'totp_credential', of: 'administrator' },
  { table: 'recovery_code', of: 'administrator' },
  { table: 'passkey', of: 'administrator' },
  { table: 'former_password', of: ['administrator', 'mailbox'] },
  { table: 'access_role', of: 'tenant' },
  { table: 'role_assignment', of: 'administrator' },
  { table: 'access_grant', of: ['tenant', { sql: reached.administrator('access_grant.receiver_id') }] },
  { table: 'budget', of: 'tenant' },
  { table: 'budget_notice', of: 'tenant' },
  { table: 'domain', of: ['tenant', { sql: reached.domain('domain.id') }] },
  { table: 'mailbox', of: 'domain' },
  { table: 'alias', of: 'domain' },
  { table: 'forward', of: 'mailbox' },
  { table: 'app_password', of: 'mailbox' },
  { table: 'mail_group', of: 'domain' },
  { table: 'mailbox_member', of: 'mailbox' },
  { table: 'sent_in_day', of: 'tenant' },
  { table: 'send_share', of: 'tenant' },
  { table: 'dkim_key', of: 'domain' },
  { table: 'domain_dns_check', of: 'domain' },
  { table: 'domain_alert', of: 'domain' },
  { table: 'policy', of: ['tenant', 'domain', 'mailbox'] },
  { table: 'mail_event', of: ['tenant', { sql: reached.domain('mail_event.domain_id') }] },
  { table: 'audit_entry', of: { sql: reached.path('audit_entry.tenant_path') } },
  { table: 'mail_node', of: 'platform' },
  { table: 'mail_node_link', of: 'platform' },
  { table: 'config_rejection', of: 'platform' },
  { table: 'join_token', of: 'platform' },
  { table: 'ban', of: 'platform' },
]

export class ProtectedTables1766000000899 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of tables) await protectTable(runner, table)
    // Whoever places a domain chooses among them; the names of hosts are public.
    await runner.query(`CREATE POLICY mail_node_seen ON mail_node FOR SELECT TO ${viewerRole} USING (true)`)
    await openTable(runner, 'change_outbox', 'INSERT')
    await setTriggersDefiner(runner, true)
  }

  async down(runner: QueryRunner): Promise<void> {
    await setTriggersDefiner(runner, false)
    await runner.query(`DROP POLICY mail_node_seen ON mail_node; REVOKE ALL ON change_outbox FROM ${viewerRole}`)
    for (const { table } of [...tables].reverse()) await stopProtecting(runner, table)
  }
}

/**
 * What triggers keep (the audit trail, what budgets above have used, which addresses are taken) is not the caller's to touch.
 * Their search path is pinned: what runs with another's rights must find no table that the caller put before it.
 */
async function setTriggersDefiner(runner: QueryRunner, definer: boolean): Promise<void> {
  const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
  const functions: { name: string }[] = await runner.query(
    `SELECT proc.oid::regprocedure::text AS name FROM pg_proc AS proc
     WHERE proc.pronamespace = $1::regnamespace AND proc.prorettype = 'trigger'::regtype
       AND NOT EXISTS (SELECT FROM pg_depend WHERE pg_depend.objid = proc.oid AND pg_depend.deptype = 'e')`,
    [schema],
  )
  for (const { name } of functions) {
    await runner.query(
      definer
        ? `ALTER FUNCTION ${name} SECURITY DEFINER SET search_path = ${schema}, pg_temp`
        : `ALTER FUNCTION ${name} SECURITY INVOKER RESET search_path`,
    )
  }
}
