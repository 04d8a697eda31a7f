/** Mailboxes that are suspended and still receive, and that are deleted with a time of grace. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { deletionCheck, deletionColumns } from '../platform/deletion.js'

export class MailboxLifeCycle1766000000203 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE mailbox
        ${deletionColumns},
        ADD CONSTRAINT mailbox_deleted_check CHECK (${deletionCheck}),
        ADD COLUMN receives_while_suspended boolean NOT NULL DEFAULT false;
      CREATE INDEX mailbox_purge_at_idx ON mailbox (purge_at) WHERE purge_at IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX mailbox_purge_at_idx;
      ALTER TABLE mailbox DROP CONSTRAINT mailbox_deleted_check, DROP COLUMN deleted_at, DROP COLUMN purge_at,
        DROP COLUMN status_before_deletion, DROP COLUMN receives_while_suspended;
    `)
  }
}
