/** Domains that wait for their first DKIM keys. Those that are there already are left as their owners have them. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable } from '../access/index.js'

export class DkimFirstKeys1766000001201 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE dkim_first_keys (
        domain_id uuid PRIMARY KEY REFERENCES domain (id) ON DELETE CASCADE,
        due_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX dkim_first_keys_due_idx ON dkim_first_keys (due_at);
    `)
    await protectTable(runner, { table: 'dkim_first_keys', of: 'domain' })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE dkim_first_keys')
  }
}
