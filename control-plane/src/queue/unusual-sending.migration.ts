/** How many recipients elsewhere each mailbox has submitted to, by the hour: what is unusual is a matter of what was usual. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable } from '../access/protected-table.js'

export class UnusualSending1767000000502 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mailbox_sends (
        mailbox_id uuid NOT NULL REFERENCES mailbox (id) ON DELETE CASCADE,
        hour timestamptz NOT NULL,
        recipients integer NOT NULL,
        -- Somebody has looked at this hour, and released what it had sent.
        is_excused boolean NOT NULL DEFAULT false,
        PRIMARY KEY (mailbox_id, hour)
      );
      CREATE INDEX mailbox_sends_hour_idx ON mailbox_sends (hour);
    `)
    await protectTable(runner, { table: 'mailbox_sends', of: 'mailbox' })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE mailbox_sends')
  }
}
