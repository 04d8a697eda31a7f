/** Jobs, the rows that they do one by one, and what was uploaded for them. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, reached } from '../access/index.js'
import { auditTable } from '../audit/audited-table.js'

export class Jobs1766000000501 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE upload (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant ON DELETE CASCADE,
        administrator_id uuid NOT NULL REFERENCES administrator ON DELETE CASCADE,
        columns text[] NOT NULL,
        row_count integer NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX upload_expires_idx ON upload (expires_at);
      CREATE INDEX upload_administrator_idx ON upload (administrator_id);
      CREATE INDEX upload_tenant_idx ON upload (tenant_id);

      -- Some hundred rows each, sealed: they may hold passwords.
      CREATE TABLE upload_chunk (
        upload_id uuid NOT NULL REFERENCES upload ON DELETE CASCADE,
        number integer NOT NULL,
        sealed_rows bytea NOT NULL,
        PRIMARY KEY (upload_id, number)
      );

      CREATE TABLE job (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        tenant_id uuid NOT NULL CONSTRAINT job_tenant_fk REFERENCES tenant ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('BULK', 'IMPORT', 'MANIFEST')),
        -- The mutation that made it: what its entries in the audit trail are named after.
        operation text NOT NULL,
        administrator_id uuid NOT NULL,
        starter jsonb NOT NULL,
        starter_email text NOT NULL,
        state text NOT NULL CHECK (state IN ('PLANNED', 'QUEUED', 'RUNNING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
        dry_run boolean NOT NULL,
        total integer NOT NULL,
        succeeded integer NOT NULL DEFAULT 0,
        failed integer NOT NULL DEFAULT 0,
        error_code text,
        -- Of an import: from where its rows come, how they are read, and how much of it has become rows.
        upload_id uuid REFERENCES upload ON DELETE SET NULL,
        mapping jsonb,
        staged_chunks integer NOT NULL DEFAULT 0,
        -- Of a manifest: the state of the tenant that the plan was made for.
        planned_for bytea,
        served_at timestamptz,
        started_at timestamptz,
        finished_at timestamptz,
        expires_at timestamptz NOT NULL
      );
      CREATE INDEX job_created_idx ON job (created_at, id);
      CREATE INDEX job_tenant_idx ON job (tenant_id, created_at, id);
      CREATE INDEX job_waiting_idx ON job (tenant_id, created_at) WHERE state IN ('QUEUED', 'RUNNING');
      CREATE INDEX job_upload_idx ON job (upload_id) WHERE upload_id IS NOT NULL;
      CREATE INDEX job_expires_idx ON job (expires_at);

      CREATE TABLE job_row (
        job_id uuid NOT NULL REFERENCES job ON DELETE CASCADE,
        number integer NOT NULL,
        tenant_id uuid NOT NULL,
        -- In the file that it comes from.
        line integer,
        operation text NOT NULL,
        -- What people call what it is about.
        key text NOT NULL,
        input jsonb NOT NULL,
        -- What of the input nobody may read, until it is used.
        sealed_secret bytea,
        changes jsonb,
        state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'SUCCEEDED', 'FAILED')),
        error jsonb,
        object_id uuid,
        PRIMARY KEY (job_id, number)
      );
      CREATE INDEX job_row_pending_idx ON job_row (job_id, number) WHERE state = 'PENDING';
      CREATE INDEX job_row_failed_idx ON job_row (job_id, number) WHERE state = 'FAILED';
      CREATE INDEX job_row_key_idx ON job_row (job_id, key);
    `)
    await protectTable(runner, {
      table: 'job',
      of: ['tenant', { sql: reached.administrator('job.administrator_id') }],
    })
    const ofJob = { sql: 'EXISTS (SELECT FROM job AS owner WHERE owner.id = job_row.job_id)' }
    await protectTable(runner, { table: 'job_row', of: ['tenant', ofJob] })
    await protectTable(runner, { table: 'upload', of: 'administrator' })
    await auditTable(runner, {
      table: 'job',
      subject: 'Job',
      tenant: 'item.tenant_id',
      label: 'item.operation',
      ignored: [
        'total',
        'succeeded',
        'failed',
        'staged_chunks',
        'served_at',
        'started_at',
        'finished_at',
        'expires_at',
        'starter',
        'mapping',
        'planned_for',
      ],
      // They end by their age, or with their tenant.
      forgettable: 'true',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE job_row, job, upload_chunk, upload; DROP FUNCTION audit_job()')
  }
}
