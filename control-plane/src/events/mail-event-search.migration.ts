/**
 * What is searched for and counted: addresses of clients as such, verdicts, the checks behind them. Rows of before get their client's
 * address when their day is closed (closed-partitions.ts): a day of a large platform is millions of rows, and an upgrade waits for none.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailEventSearch1767000000301 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE mail_event
        ADD COLUMN remote_address inet,
        ADD COLUMN verdict text,
        ADD COLUMN checks jsonb,
        ADD COLUMN helo_name text,
        ADD COLUMN recipient_count integer,
        ADD COLUMN sessions integer,
        ADD COLUMN duration_ms bigint;

      -- What no network address is, is none: nodes of before reported whatever they were told.
      CREATE FUNCTION mail_event_address(remote_ip text) RETURNS inet IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN
          RETURN regexp_replace(regexp_replace(remote_ip, '^::ffff:(?=[0-9]+[.])', '', 'i'), '%.*$', '')::inet;
        EXCEPTION WHEN invalid_text_representation THEN
          RETURN NULL;
        END
      $$;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP FUNCTION mail_event_address;
      ALTER TABLE mail_event
        DROP COLUMN remote_address, DROP COLUMN verdict, DROP COLUMN checks, DROP COLUMN helo_name,
        DROP COLUMN recipient_count, DROP COLUMN sessions, DROP COLUMN duration_ms;
    `)
  }
}
