/** The keys that secrets are sealed with, themselves sealed under the master key. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class DataKeys1765000000200 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE data_key (
        id uuid PRIMARY KEY,
        master_key_id text NOT NULL,
        sealed_key bytea NOT NULL,
        -- Not now(): of two made in one transaction the second one is the newer.
        created_at timestamptz NOT NULL DEFAULT clock_timestamp()
      );
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE data_key')
  }
}
