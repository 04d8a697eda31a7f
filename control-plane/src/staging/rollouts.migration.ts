/** Rollouts, what nodes keep meanwhile, and what their health is judged by. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { auditTable, stopAuditing } from '../audit/audited-table.js'
import { protectTable, stopProtecting } from '../access/protected-table.js'

export class Rollouts1767000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE rollout_strategy (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL CONSTRAINT rollout_strategy_tenant_key UNIQUE REFERENCES tenant (id) ON DELETE CASCADE,
        -- As schema of strategy.ts; of which a rollout keeps a copy.
        settings jsonb NOT NULL,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE rollout (
        id uuid PRIMARY KEY,
        -- Whose resource it is; of a node's settings the platform's own tenant.
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('Policy', 'NodeSettings')),
        resource_id uuid NOT NULL,
        label text NOT NULL,
        strategy jsonb NOT NULL,
        -- The row to go back to: what the whole fleet last had. Null: there was none.
        base jsonb,
        state text NOT NULL DEFAULT 'RUNNING'
          CHECK (state IN ('RUNNING', 'PAUSED', 'HALTED', 'REVERTED', 'ABORTED', 'COMPLETED', 'SUPERSEDED')),
        -- The last wave that was opened; -1 before the first.
        wave integer NOT NULL DEFAULT -1,
        -- When every node of it that is connected had acknowledged it.
        baking_since timestamptz,
        -- What the gates found, where they stopped it.
        finding jsonb,
        superseded_by uuid,
        author text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz
      );
      CREATE UNIQUE INDEX rollout_active_key ON rollout (kind, resource_id) WHERE finished_at IS NULL;
      CREATE INDEX rollout_created_idx ON rollout (created_at, id);
      CREATE INDEX rollout_tenant_idx ON rollout (tenant_id, created_at, id);

      CREATE TABLE rollout_node (
        rollout_id uuid NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        wave integer NOT NULL,
        opened_at timestamptz,
        -- The head of the change log then: its record is above it.
        opened_head bigint,
        -- How the node was then: connections so far, whether it was connected and well, and what it had counted in that minute.
        opened_with jsonb,
        acknowledged_at timestamptz,
        PRIMARY KEY (rollout_id, mail_node_id)
      );

      -- What a node is sent of a resource instead of what the tables say. Null: it is sent none.
      CREATE TABLE config_hold (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        kind text NOT NULL,
        resource_id uuid NOT NULL,
        rollout_id uuid NOT NULL REFERENCES rollout (id) ON DELETE CASCADE,
        body jsonb,
        PRIMARY KEY (mail_node_id, kind, resource_id)
      );
      CREATE INDEX config_hold_rollout_idx ON config_hold (rollout_id);

      -- Counts of mail events by the minute in which they were taken in, for a day.
      CREATE TABLE node_traffic (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        minute timestamptz NOT NULL,
        attempts bigint NOT NULL DEFAULT 0,
        deferred bigint NOT NULL DEFAULT 0,
        offered bigint NOT NULL DEFAULT 0,
        refused bigint NOT NULL DEFAULT 0,
        sign_ins bigint NOT NULL DEFAULT 0,
        failed_sign_ins bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (mail_node_id, minute)
      );
      CREATE INDEX node_traffic_minute_idx ON node_traffic (minute);

      -- How often it has connected: a node that crashes comes again and again.
      ALTER TABLE mail_node_link ADD COLUMN connections bigint NOT NULL DEFAULT 0;
    `)
    const tenant = 'item.tenant_id'
    await auditTable(runner, {
      table: 'rollout',
      subject: 'Rollout',
      tenant,
      label: 'item.label',
      ignored: ['base', 'strategy', 'baking_since', 'author'],
    })
    await auditTable(runner, { table: 'rollout_strategy', subject: 'Rollout', tenant, label: `'strategy'` })
    await protectTable(runner, { table: 'rollout', of: 'tenant' })
    await protectTable(runner, { table: 'rollout_strategy', of: 'tenant' })
    await protectTable(runner, {
      table: 'rollout_node',
      of: { sql: 'EXISTS (SELECT FROM rollout WHERE rollout.id = rollout_node.rollout_id)' },
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['rollout_node', 'rollout_strategy', 'rollout']) await stopProtecting(runner, table)
    for (const table of ['rollout_strategy', 'rollout']) await stopAuditing(runner, table)
    await runner.query(`
      ALTER TABLE mail_node_link DROP COLUMN connections;
      DROP TABLE node_traffic, config_hold, rollout_node, rollout, rollout_strategy;
    `)
  }
}
