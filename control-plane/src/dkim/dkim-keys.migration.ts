/** Keys that sign the mail of domains. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable } from '../audit/audited-table.js'

export class DkimKeys1766000000301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dkim_key (
        id uuid PRIMARY KEY,
        domain_id uuid NOT NULL CONSTRAINT dkim_key_domain_fk REFERENCES domain (id) ON DELETE CASCADE,
        selector text NOT NULL,
        algorithm text NOT NULL CHECK (algorithm IN ('RSA_SHA256', 'ED25519_SHA256')),
        state text NOT NULL CHECK (state IN ('PUBLISHED', 'SIGNING', 'RETIRING', 'RETIRED', 'REVOKED')),
        state_since timestamptz NOT NULL DEFAULT now(),
        -- As in the record's p=, base64.
        public_key text NOT NULL,
        -- PKCS #8, sealed for dkim:<id>; gone once it signs no more.
        sealed_private_key bytea,
        record_status text CHECK (record_status IN ('FOUND', 'MISSING', 'WRONG', 'UNANSWERED')),
        record_checked_at timestamptz,
        -- Since when DNS answers that the record of a signing key is not there.
        missing_since timestamptz,
        -- When its next step is looked at; null: there is none.
        due_at timestamptz DEFAULT now(),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT dkim_key_selector_key UNIQUE (domain_id, selector),
        CONSTRAINT dkim_key_private_check CHECK ((state IN ('PUBLISHED', 'SIGNING')) = (sealed_private_key IS NOT NULL))
      );
      CREATE INDEX dkim_key_due_idx ON dkim_key (due_at) WHERE due_at IS NOT NULL;
      CREATE INDEX dkim_key_created_at_idx ON dkim_key (created_at, id);
    `)
    await auditTable(runner, {
      table: 'dkim_key',
      subject: 'DkimKey',
      tenant: '(SELECT domain.tenant_id FROM domain WHERE domain.id = item.domain_id)',
      label: `item.selector || '._domainkey.' || coalesce((SELECT domain.name FROM domain WHERE domain.id = item.domain_id), '')`,
      secret: ['sealed_private_key'],
      ignored: ['record_status', 'record_checked_at', 'missing_since', 'due_at', 'state_since'],
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dkim_key; DROP FUNCTION audit_dkim_key()')
  }
}
