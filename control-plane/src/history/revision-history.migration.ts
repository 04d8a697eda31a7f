/**
 * Which transaction a change belongs to, in the audit trail and on its way into the change log, and the number that the
 * transaction got: its last revision in the change log.
 *
 * The trail holds what changed, field by field, and nothing is written twice. What was changed before this has no number, and is
 * not in the history.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, stopProtecting } from '../access/protected-table.js'
import { historySubjects } from './config-objects.js'

export class RevisionHistory1767000000101 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
    await runner.query(`
      -- The same for all statements of one transaction; not PostgreSQL's own number, which begins anew in a restored database.
      CREATE FUNCTION change_transaction() RETURNS uuid VOLATILE LANGUAGE plpgsql AS $$
      DECLARE id text := nullif(current_setting('mailfleet.transaction', true), '');
      BEGIN
        IF id IS NULL THEN
          id := gen_random_uuid();
          PERFORM set_config('mailfleet.transaction', id, true);
        END IF;
        RETURN id::uuid;
      END $$;

      ALTER TABLE change_outbox ADD COLUMN transaction_id uuid;
      ALTER TABLE change_outbox ALTER COLUMN transaction_id SET DEFAULT change_transaction();
      ALTER TABLE audit_entry ADD COLUMN transaction_id uuid;
      ALTER TABLE audit_entry ALTER COLUMN transaction_id SET DEFAULT change_transaction();
      CREATE INDEX audit_entry_transaction_idx ON audit_entry (transaction_id, ordinal)
        WHERE transaction_id IS NOT NULL AND change <> 'READ';

      -- Part of what the hash is made over, where there is one: entries from before keep the hash that they have.
      CREATE OR REPLACE FUNCTION audit_content(entry audit_entry) RETURNS text STABLE LANGUAGE sql AS $$
        SELECT (jsonb_build_object('id', entry.id, 'at', to_char(entry.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
          'actor', entry.actor, 'operationId', entry.operation_id, 'operation', entry.operation, 'change', entry.change,
          'subjectType', entry.subject_type, 'subjectId', entry.subject_id, 'label', entry.label,
          'tenantId', entry.tenant_id, 'tenantPath', entry.tenant_path::text, 'before', entry.before, 'after', entry.after)
          || CASE WHEN entry.transaction_id IS NULL THEN '{}'
            ELSE jsonb_build_object('transactionId', entry.transaction_id) END)::text $$;

      CREATE TABLE config_revision (
        transaction_id uuid PRIMARY KEY,
        revision bigint NOT NULL UNIQUE,
        at timestamptz NOT NULL DEFAULT now(),
        -- The nodes that were told of it.
        mail_node_ids uuid[] NOT NULL DEFAULT '{}'
      );
      CREATE INDEX config_revision_at_idx ON config_revision (at);
      CREATE INDEX config_revision_nodes_idx ON config_revision USING gin (mail_node_ids);

      -- A change that concerns no node, the policy of a tenant without domains, say, is to get its number too.
      CREATE FUNCTION number_transaction() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = ${schema}, pg_temp AS $$
      BEGIN
        IF coalesce(current_setting('mailfleet.transaction_numbered', true), '') <> 'on'
          AND EXISTS (SELECT FROM new_rows WHERE change <> 'READ' AND subject_type = ANY('{${historySubjects.join(',')}}'))
        THEN
          PERFORM set_config('mailfleet.transaction_numbered', 'on', true);
          INSERT INTO change_outbox (kind, resource_id) VALUES ('Transaction', change_transaction());
        END IF;
        RETURN NULL;
      END $$;
      CREATE TRIGGER audit_entry_numbers_transaction AFTER INSERT ON audit_entry
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION number_transaction();
    `)
    await protectTable(runner, {
      table: 'config_revision',
      of: {
        sql: 'EXISTS (SELECT FROM audit_entry AS entry WHERE entry.transaction_id = config_revision.transaction_id)',
      },
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await stopProtecting(runner, 'config_revision')
    await runner.query(`
      DROP TRIGGER audit_entry_numbers_transaction ON audit_entry;
      DROP FUNCTION number_transaction;
      DROP TABLE config_revision;
      DELETE FROM change_outbox WHERE kind = 'Transaction';
      ALTER TABLE change_outbox DROP COLUMN transaction_id;
      -- The column of the trail stays, and is empty from now on: the hashes of its entries are made over it.
      ALTER TABLE audit_entry ALTER COLUMN transaction_id DROP DEFAULT;
      DROP FUNCTION change_transaction;
    `)
  }
}
