/** Whose a domain is shown to be, suspension that lets mail in, and deletion with a time of grace. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { deletionCheck, deletionColumns } from '../platform/deletion.js'

export class DomainLifeCycle1766000000201 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // Defaults in place of an UPDATE: a million rows at once, and no entry in the audit trail for what nobody did.
    await runner.query(`
      ALTER TABLE domain
        ${deletionColumns},
        ADD CONSTRAINT domain_deleted_check CHECK (${deletionCheck}),
        ADD COLUMN receives_while_suspended boolean NOT NULL DEFAULT false,
        -- How its owner is known; null: somebody only says that it is theirs, and no node hears of it.
        ADD COLUMN proof text DEFAULT 'WAIVED' CHECK (proof IN ('DNS', 'PARENT', 'WAIVED')),
        ADD COLUMN proven_at timestamptz DEFAULT now(),
        -- When its required records were first found.
        ADD COLUMN ready_at timestamptz DEFAULT now(),
        -- What its TXT record must hold. Of this tenant's claim alone: another's claim to the same name has another.
        ADD COLUMN ownership_token text NOT NULL DEFAULT replace(gen_random_uuid()::text, '-', ''),
        ADD CONSTRAINT domain_proven_check CHECK ((proof IS NULL) = (proven_at IS NULL)
          AND (proof IS NOT NULL OR (ready_at IS NULL AND deleted_at IS NULL)));
      ALTER TABLE domain
        ALTER COLUMN proof DROP DEFAULT, ALTER COLUMN proven_at DROP DEFAULT, ALTER COLUMN ready_at DROP DEFAULT;
      CREATE INDEX domain_purge_at_idx ON domain (purge_at) WHERE purge_at IS NOT NULL;

      -- Many may say that a name is theirs; it is one tenant's once that has shown it.
      ALTER TABLE domain DROP CONSTRAINT domain_name_key;
      CREATE UNIQUE INDEX domain_name_key ON domain (name) WHERE proof IS NOT NULL;
      CREATE UNIQUE INDEX domain_claim_key ON domain (tenant_id, name);
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP INDEX domain_claim_key, domain_name_key, domain_purge_at_idx;
      DELETE FROM domain WHERE proof IS NULL;
      ALTER TABLE domain ADD CONSTRAINT domain_name_key UNIQUE (name),
        DROP CONSTRAINT domain_deleted_check, DROP CONSTRAINT domain_proven_check,
        DROP COLUMN deleted_at, DROP COLUMN purge_at, DROP COLUMN status_before_deletion, DROP COLUMN receives_while_suspended,
        DROP COLUMN proof, DROP COLUMN proven_at, DROP COLUMN ready_at, DROP COLUMN ownership_token;
    `)
  }
}
