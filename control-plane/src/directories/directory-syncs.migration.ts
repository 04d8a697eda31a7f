/** The last run of each directory's sync, when the next one is due, and what somebody ought to look at. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, stopProtecting } from '../access/index.js'

const runs = {
  table: 'directory_sync',
  of: {
    sql: '(SELECT true FROM identity_source AS owner WHERE owner.id = directory_sync.identity_source_id)',
  },
}

export class DirectorySyncs1767000001701 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE directory_sync (
        identity_source_id uuid PRIMARY KEY REFERENCES identity_source (id) ON DELETE CASCADE,
        -- Counted from here, by the interval that the source has. Null: at once.
        due_from timestamptz,
        -- By a replica, which may die.
        taken_until timestamptz,
        -- In a row.
        failures integer NOT NULL DEFAULT 0,
        -- Of the last run; null: there was none.
        started_at timestamptz,
        ended_at timestamptz,
        trigger text CHECK (trigger IN ('SCHEDULE', 'ADMINISTRATOR')),
        outcome text CHECK (outcome IN ('DONE', 'REFUSED', 'FAILED')),
        error text,
        report jsonb
      );
      -- It belongs to the source, so that the audit trail, webhooks and live changes tell when it comes and goes.
      ALTER TABLE identity_source ADD COLUMN sync_problem text CHECK (sync_problem IN ('REFUSED', 'FAILED'));
    `)
    await protectTable(runner, runs)
  }

  async down(runner: QueryRunner): Promise<void> {
    await stopProtecting(runner, runs.table)
    await runner.query('ALTER TABLE identity_source DROP COLUMN sync_problem; DROP TABLE directory_sync')
  }
}
