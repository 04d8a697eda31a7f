/** Tenants that are deleted, and not gone yet. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class TenantDeletion1765000000103 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenant
        ADD COLUMN deleted_at timestamptz,
        ADD COLUMN purge_at timestamptz,
        -- A deleted tenant is suspended too, so that all that asks for that need not ask for more; this comes back with it.
        ADD COLUMN status_before_deletion text,
        ADD CONSTRAINT tenant_deleted_check CHECK (
          (deleted_at IS NULL) = (purge_at IS NULL) AND (deleted_at IS NULL) = (status_before_deletion IS NULL)
          AND (deleted_at IS NULL OR status = 'SUSPENDED'));
      CREATE INDEX tenant_deleted_gist ON tenant USING gist (path) WHERE deleted_at IS NOT NULL;
      CREATE INDEX tenant_purge_at_idx ON tenant (purge_at) WHERE purge_at IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenant DROP CONSTRAINT tenant_deleted_check;
      ALTER TABLE tenant DROP COLUMN deleted_at, DROP COLUMN purge_at, DROP COLUMN status_before_deletion;
    `)
  }
}
