/** What networks fail at signing in, counted for the whole fleet, and the bans that follow. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable } from '../audit/audited-table.js'

export class Bans1765000000205 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sign_in_network (
        -- As clientNetwork in schema/ names it.
        network text PRIMARY KEY,
        failures integer NOT NULL,
        window_ends_at timestamptz NOT NULL,
        succeeded_at timestamptz,
        -- Bans so far, each twice as long as the one before.
        strikes integer NOT NULL DEFAULT 0,
        banned_until timestamptz
      );
      CREATE INDEX sign_in_network_window_idx ON sign_in_network (window_ends_at);

      CREATE TABLE ban (
        id uuid PRIMARY KEY,
        network text NOT NULL CONSTRAINT ban_network_key UNIQUE,
        failures integer NOT NULL,
        strikes integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        until timestamptz NOT NULL
      );
      CREATE INDEX ban_until_idx ON ban (until);
      CREATE INDEX ban_created_idx ON ban (created_at, id);
    `)
    await auditTable(runner, { table: 'ban', subject: 'Ban', tenant: 'NULL::uuid', label: 'item.network' })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ban, sign_in_network; DROP FUNCTION audit_ban()')
  }
}
