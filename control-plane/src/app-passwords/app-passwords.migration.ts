/** App passwords of mailboxes. What is kept of the secret is a hash (schema/src/app-password.ts says why a fast one does). */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable } from '../audit/audited-table.js'

export class AppPasswords1766000000404 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE app_password (
        id uuid PRIMARY KEY,
        mailbox_id uuid NOT NULL CONSTRAINT app_password_mailbox_fk REFERENCES mailbox (id) ON DELETE CASCADE,
        name text NOT NULL,
        secret_hash text NOT NULL CONSTRAINT app_password_secret_key UNIQUE,
        scram jsonb,
        protocols text[] NOT NULL CHECK (cardinality(protocols) BETWEEN 1 AND 3),
        networks text[] NOT NULL CHECK (cardinality(networks) <= 20),
        expires_at timestamptz,
        last_used_at timestamptz,
        last_used_from text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX app_password_mailbox_idx ON app_password (mailbox_id, created_at, id);
    `)
    await auditTable(runner, {
      table: 'app_password',
      subject: 'AppPassword',
      tenant: `(SELECT domain.tenant_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
        WHERE mailbox.id = item.mailbox_id)`,
      label: 'item.name',
      secret: ['secret_hash', 'scram'],
      ignored: ['last_used_at', 'last_used_from'],
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE app_password; DROP FUNCTION audit_app_password()')
  }
}
