/** Domains that are offered to whoever has the code. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable } from '../access/index.js'
import { auditTable } from '../audit/audited-table.js'

export class DomainTransfers1767000000701 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE domain_transfer (
        id uuid PRIMARY KEY,
        -- One offer of a domain at a time.
        domain_id uuid NOT NULL CONSTRAINT domain_transfer_domain_key UNIQUE REFERENCES domain ON DELETE CASCADE,
        -- Who gives it.
        tenant_id uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        code_hash bytea NOT NULL CONSTRAINT domain_transfer_code_key UNIQUE,
        -- Who offers it, and with what rights: they are asked again when it is accepted.
        starter jsonb NOT NULL,
        offered_by_email text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        -- Just before it goes, so that the giver's trail says why.
        accepted_at timestamptz
      );
      CREATE INDEX domain_transfer_tenant_idx ON domain_transfer (tenant_id);
      CREATE INDEX domain_transfer_expires_idx ON domain_transfer (expires_at);
    `)
    await protectTable(runner, { table: 'domain_transfer', of: 'tenant' })
    await auditTable(runner, {
      table: 'domain_transfer',
      subject: 'DomainTransfer',
      tenant: 'item.tenant_id',
      label: `coalesce((SELECT domain.name FROM domain WHERE domain.id = item.domain_id), '')`,
      secret: ['code_hash'],
      ignored: ['starter'],
      // It has ended by itself, or has been accepted, which has an entry of its own.
      forgettable: 'item.expires_at <= now() OR item.accepted_at IS NOT NULL',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE domain_transfer; DROP FUNCTION audit_domain_transfer()')
  }
}
