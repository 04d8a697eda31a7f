/** The audit trail, its chain and its checkpoints, and the triggers of the tables that were there before it. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable, stopAuditing, type AuditedTable } from './audited-table.js'

const ofDomain = '(SELECT domain.tenant_id FROM domain WHERE domain.id = item.domain_id)'
const ofAdministrator =
  '(SELECT administrator.tenant_id FROM administrator WHERE administrator.id = item.administrator_id)'
const emailOfAdministrator =
  '(SELECT administrator.email FROM administrator WHERE administrator.id = item.administrator_id)'

const tables: AuditedTable[] = [
  { table: 'tenant', subject: 'Tenant', tenant: 'item.id', path: 'item.path', label: 'item.name' },
  {
    table: 'administrator',
    subject: 'Administrator',
    tenant: 'item.tenant_id',
    label: 'item.email',
    secret: ['password_hash'],
    ignored: ['last_sign_in_at'],
  },
  {
    table: 'session',
    subject: 'Session',
    tenant: ofAdministrator,
    label: emailOfAdministrator,
    secret: ['token_hash'],
    // That somebody acts as somebody else is told; that it ends by itself follows.
    ignored: ['last_seen_at', 'ip_address', 'confirmed_at'],
    forgettable: 'item.expires_at <= now()',
  },
  {
    table: 'api_token',
    subject: 'ApiToken',
    tenant: ofAdministrator,
    label: 'item.name',
    secret: ['token_hash'],
    ignored: ['last_used_at', 'last_used_ip'],
  },
  {
    table: 'totp_credential',
    subject: 'SecondFactor',
    tenant: ofAdministrator,
    label: emailOfAdministrator,
    secret: ['sealed_secret'],
    ignored: ['last_step'],
  },
  {
    table: 'recovery_code',
    subject: 'RecoveryCode',
    tenant: ofAdministrator,
    label: emailOfAdministrator,
    secret: ['code_hash'],
  },
  {
    table: 'passkey',
    subject: 'Passkey',
    tenant: ofAdministrator,
    label: emailOfAdministrator,
    secret: ['public_key', 'credential_id'],
    ignored: ['sign_count', 'backed_up', 'last_used_at'],
  },
  { table: 'access_role', subject: 'AccessRole', tenant: 'item.tenant_id', label: 'item.name' },
  { table: 'role_assignment', subject: 'RoleAssignment', tenant: 'item.tenant_id', label: emailOfAdministrator },
  { table: 'access_grant', subject: 'Grant', tenant: 'item.tenant_id', label: 'item.receiver_email' },
  {
    table: 'budget',
    subject: 'Budget',
    id: 'item.tenant_id',
    key: ['tenant_id', 'resource'],
    tenant: 'item.tenant_id',
    label: 'item.resource',
    ignored: ['used', 'pool_id'],
  },
  {
    table: 'policy',
    subject: 'Policy',
    tenant: `coalesce(item.tenant_id, (SELECT domain.tenant_id FROM domain WHERE domain.id = item.domain_id),
      (SELECT domain.tenant_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id WHERE mailbox.id = item.mailbox_id))`,
    label: `coalesce((SELECT tenant.name FROM tenant WHERE tenant.id = item.tenant_id),
      (SELECT domain.name FROM domain WHERE domain.id = item.domain_id),
      (SELECT mailbox.address FROM mailbox WHERE mailbox.id = item.mailbox_id))`,
  },
  { table: 'domain', subject: 'Domain', tenant: 'item.tenant_id', label: 'item.name' },
  { table: 'mailbox', subject: 'Mailbox', tenant: ofDomain, label: 'item.address', secret: ['password_hash', 'scram'] },
  { table: 'alias', subject: 'Alias', tenant: ofDomain, label: 'item.address' },
  {
    table: 'forward',
    subject: 'Forward',
    tenant: `(SELECT domain.tenant_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
      WHERE mailbox.id = item.mailbox_id)`,
    label: '(SELECT mailbox.address FROM mailbox WHERE mailbox.id = item.mailbox_id)',
  },
  { table: 'mail_node', subject: 'MailNode', tenant: 'NULL::uuid', label: 'item.name' },
  {
    table: 'join_token',
    subject: 'JoinToken',
    id: 'item.mail_node_id',
    key: ['mail_node_id'],
    tenant: 'NULL::uuid',
    label: '(SELECT mail_node.name FROM mail_node WHERE mail_node.id = item.mail_node_id)',
    secret: ['token_hash'],
    forgettable: 'item.expires_at <= now()',
  },
]

export class Audit1765000000901 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE audit_entry (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        -- The order in which entries were written; it has gaps.
        ordinal bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
        at timestamptz NOT NULL DEFAULT clock_timestamp(),
        -- Who: JSON as access/ makes it; null is the system itself.
        actor jsonb,
        -- The same for all entries of one mutation.
        operation_id uuid,
        operation text,
        change text NOT NULL CHECK (change IN ('CREATED', 'UPDATED', 'DELETED', 'READ')),
        subject_type text NOT NULL,
        subject_id uuid,
        label text,
        -- Whose it was then; a tenant that is moved or deleted takes nothing of it along.
        tenant_id uuid,
        tenant_path ltree,
        before jsonb,
        after jsonb,
        -- Its place in the chain, dense from 1, and SHA-256 over the hash before and this content. Null for some milliseconds.
        sequence bigint UNIQUE,
        hash bytea,
        CHECK ((sequence IS NULL) = (hash IS NULL))
      );
      CREATE INDEX audit_entry_at_idx ON audit_entry (at, id);
      CREATE INDEX audit_entry_tenant_idx ON audit_entry (tenant_id, at, id);
      CREATE INDEX audit_entry_path_gist ON audit_entry USING gist (tenant_path);
      CREATE INDEX audit_entry_subject_idx ON audit_entry (subject_id, at, id);
      CREATE INDEX audit_entry_actor_idx ON audit_entry ((actor->>'administratorId'), at, id);
      CREATE INDEX audit_entry_label_trgm ON audit_entry USING gin (lower(label) gin_trgm_ops);
      CREATE INDEX audit_entry_unchained_idx ON audit_entry (ordinal) WHERE sequence IS NULL;

      CREATE TABLE audit_head (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        -- Names the chain towards nodes.
        chain_id uuid NOT NULL DEFAULT gen_random_uuid(),
        sequence bigint NOT NULL DEFAULT 0,
        hash bytea NOT NULL DEFAULT '\\x'
      );
      INSERT INTO audit_head DEFAULT VALUES;

      -- What nodes say they hold.
      CREATE TABLE audit_checkpoint_report (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        chain_id uuid NOT NULL,
        sequence bigint NOT NULL,
        hash bytea NOT NULL,
        reported_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (mail_node_id, chain_id, sequence, hash)
      );

      CREATE FUNCTION audit_actor() RETURNS jsonb STABLE LANGUAGE sql AS
        $$ SELECT nullif(current_setting('mailfleet.actor', true), '')::jsonb $$;
      CREATE FUNCTION audit_operation_id() RETURNS uuid STABLE LANGUAGE sql AS
        $$ SELECT nullif(current_setting('mailfleet.operation_id', true), '')::uuid $$;
      CREATE FUNCTION audit_operation() RETURNS text STABLE LANGUAGE sql AS
        $$ SELECT nullif(current_setting('mailfleet.operation', true), '') $$;

      -- The values of a row that an entry may show.
      CREATE FUNCTION audit_values(row_values jsonb, secret text[], ignored text[]) RETURNS jsonb IMMUTABLE LANGUAGE sql AS $$
        SELECT coalesce(jsonb_object_agg(key, CASE WHEN key = ANY(secret) AND value <> 'null' THEN '"(secret)"' ELSE value END), '{}')
        FROM jsonb_each(row_values) WHERE NOT key = ANY(ignored) $$;
      CREATE FUNCTION audit_difference(before_row jsonb, after_row jsonb, ignored text[], OUT before jsonb, OUT after jsonb)
        IMMUTABLE LANGUAGE sql AS $$
        SELECT coalesce(jsonb_object_agg(old.key, old.value), '{}'), coalesce(jsonb_object_agg(old.key, new.value), '{}')
        FROM jsonb_each(before_row) AS old JOIN jsonb_each(after_row) AS new ON new.key = old.key
        WHERE old.value IS DISTINCT FROM new.value AND NOT old.key = ANY(ignored) $$;

      -- What the hash is made over. JSONB has one text for one value: keys in its own order, no spaces of the writer's.
      CREATE FUNCTION audit_content(entry audit_entry) RETURNS text STABLE LANGUAGE sql AS $$
        SELECT jsonb_build_object('id', entry.id, 'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'actor', entry.actor, 'operationId', entry.operation_id, 'operation', entry.operation, 'change', entry.change,
          'subjectType', entry.subject_type, 'subjectId', entry.subject_id, 'label', entry.label,
          'tenantId', entry.tenant_id, 'tenantPath', entry.tenant_path::text, 'before', entry.before, 'after', entry.after)::text $$;

      -- Entries are written once, and then only given their place. This is against mistakes; against people there is the chain.
      CREATE FUNCTION keep_audit_entry() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF TG_OP = 'UPDATE' AND OLD.sequence IS NULL AND audit_content(OLD) = audit_content(NEW) THEN RETURN NEW; END IF;
        RAISE EXCEPTION 'entries of the audit trail stay as they are';
      END $$;
      CREATE TRIGGER audit_entry_stays BEFORE UPDATE OR DELETE ON audit_entry
        FOR EACH ROW EXECUTE FUNCTION keep_audit_entry();
    `)
    for (const table of tables) await auditTable(runner, table)
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const { table } of tables) await stopAuditing(runner, table)
    await runner.query(`
      DROP TABLE audit_entry, audit_head, audit_checkpoint_report CASCADE;
      DROP FUNCTION audit_actor, audit_operation_id, audit_operation, audit_values, audit_difference, keep_audit_entry;
    `)
  }
}
