/** Mutations that were applied under a key, and what was answered. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Idempotency1765000000401 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE idempotency_key (
        administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE,
        key_hash bytea NOT NULL,
        request_hash bytea NOT NULL,
        -- Sealed under the key itself, which is not stored: an answer may hold a secret that is shown once.
        sealed_answer bytea NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (administrator_id, key_hash)
      );
      CREATE INDEX idempotency_key_created_at_idx ON idempotency_key (created_at);
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE idempotency_key')
  }
}
