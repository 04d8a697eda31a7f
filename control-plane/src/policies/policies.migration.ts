/** Policies of tenants, domains and mailboxes, and in mail events which of them refused. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Policies1765000000301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE policy (
        id uuid PRIMARY KEY,
        tenant_id uuid CONSTRAINT policy_tenant_key UNIQUE REFERENCES tenant (id) ON DELETE CASCADE,
        domain_id uuid CONSTRAINT policy_domain_key UNIQUE REFERENCES domain (id) ON DELETE CASCADE,
        mailbox_id uuid CONSTRAINT policy_mailbox_key UNIQUE REFERENCES mailbox (id) ON DELETE CASCADE,
        -- By kind: { value, lock }, as in schema/src/config-resources.ts.
        settings jsonb NOT NULL,
        -- By kind that is locked: the id of the tenant whose administrator locked it.
        lock_owners jsonb NOT NULL DEFAULT '{}',
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT policy_object_check CHECK (num_nonnulls(tenant_id, domain_id, mailbox_id) = 1)
      );

      ALTER TABLE mail_event
        ADD COLUMN policy_kind text,
        ADD COLUMN policy_id text,
        ADD COLUMN policy_revision integer;

      -- A domain's resource says from now on which tenants are above it.
      INSERT INTO change_outbox (kind, resource_id, mail_node_id)
        SELECT 'Domain', id, mail_node_id FROM domain WHERE mail_node_id IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE mail_event DROP COLUMN policy_kind, DROP COLUMN policy_id, DROP COLUMN policy_revision;
      DROP TABLE policy;
    `)
  }
}
