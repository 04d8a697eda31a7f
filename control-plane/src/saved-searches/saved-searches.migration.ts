/** Filters of the mail log under names. Their owner's, and with those who share the owner's tenant if they are shared. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, reached } from '../access/protected-table.js'
import { auditTable, stopAuditing } from '../audit/audited-table.js'

export class SavedSearches1767000000302 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE saved_search (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        administrator_id uuid NOT NULL REFERENCES administrator (id) ON DELETE CASCADE,
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        name text NOT NULL,
        filter jsonb NOT NULL,
        is_shared boolean NOT NULL
      );
      CREATE UNIQUE INDEX saved_search_name_key ON saved_search (administrator_id, lower(name));
      CREATE INDEX saved_search_tenant_idx ON saved_search (tenant_id) WHERE is_shared;
      CREATE INDEX saved_search_created_at_idx ON saved_search (created_at, id);
    `)
    const own = { sql: reached.administrator('saved_search.administrator_id') }
    const shared = { sql: `(saved_search.is_shared AND ${reached.tenant('saved_search.tenant_id')})` }
    await protectTable(runner, { table: 'saved_search', of: [own, shared] })
    await auditTable(runner, {
      table: 'saved_search',
      subject: 'SavedSearch',
      tenant: 'item.tenant_id',
      label: 'item.name',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await stopAuditing(runner, 'saved_search')
    await runner.query('DROP TABLE saved_search')
  }
}
