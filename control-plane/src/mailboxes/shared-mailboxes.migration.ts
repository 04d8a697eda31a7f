/** Mailboxes without a password, which nobody signs in to, and who else may use a mailbox. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable } from '../audit/audited-table.js'

export class SharedMailboxes1766000000403 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE mailbox ADD COLUMN shared boolean GENERATED ALWAYS AS (password_hash = '') STORED;

      CREATE TABLE mailbox_member (
        mailbox_id uuid NOT NULL CONSTRAINT mailbox_member_mailbox_fk REFERENCES mailbox (id) ON DELETE CASCADE,
        member_id uuid NOT NULL CONSTRAINT mailbox_member_member_fk REFERENCES mailbox (id) ON DELETE CASCADE,
        -- RFC 4314, in its order.
        rights text NOT NULL CHECK (rights ~ '^[lrswipkxtea]+$'),
        sending text CHECK (sending IN ('ON_BEHALF', 'AS')),
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (mailbox_id, member_id),
        CHECK (mailbox_id <> member_id)
      );
      CREATE INDEX mailbox_member_member_idx ON mailbox_member (member_id, mailbox_id);
    `)
    await auditTable(runner, {
      table: 'mailbox_member',
      subject: 'Mailbox',
      id: 'item.mailbox_id',
      key: ['mailbox_id', 'member_id'],
      tenant: `(SELECT domain.tenant_id FROM mailbox JOIN domain ON domain.id = mailbox.domain_id
        WHERE mailbox.id = item.mailbox_id)`,
      label: '(SELECT mailbox.address FROM mailbox WHERE mailbox.id = item.mailbox_id)',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE mailbox_member;
      DROP FUNCTION audit_mailbox_member;
      ALTER TABLE mailbox DROP COLUMN shared;
    `)
  }
}
