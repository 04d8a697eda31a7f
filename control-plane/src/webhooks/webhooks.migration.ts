/** Webhooks, what is on its way to them, and the log of deliveries. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable } from '../access/protected-table.js'
import { auditTable, stopAuditing } from '../audit/audited-table.js'

export class Webhooks1766000000601 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE webhook (
        id uuid PRIMARY KEY,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        url text NOT NULL,
        description text NOT NULL,
        event_types text[] NOT NULL,
        about_mail boolean NOT NULL,
        domain_ids uuid[],
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'PAUSED', 'DISABLED')),
        disabled_reason text CHECK (disabled_reason IN ('GONE', 'FAILING', 'BACKLOG')),
        disabled_at timestamptz,
        sealed_secret bytea NOT NULL,
        sealed_former_secret bytea,
        former_secret_until timestamptz,
        CHECK ((status = 'DISABLED') = (disabled_reason IS NOT NULL))
      );
      CREATE INDEX webhook_tenant_idx ON webhook (tenant_id, created_at, id);
      CREATE INDEX webhook_created_at_idx ON webhook (created_at, id);
      CREATE INDEX webhook_about_mail_idx ON webhook (tenant_id) WHERE about_mail AND status = 'ACTIVE';

      -- How it goes with a receiver; changes with each try, and so stands beside.
      CREATE TABLE webhook_health (
        webhook_id uuid PRIMARY KEY REFERENCES webhook (id) ON DELETE CASCADE,
        tenant_id uuid NOT NULL,
        -- Nothing was taken since; null while all is well.
        failing_since timestamptz,
        -- When its turn was last: who has waited longest comes first.
        turn_at timestamptz NOT NULL DEFAULT now()
      );

      CREATE TABLE webhook_delivery (
        id uuid PRIMARY KEY,
        ordinal bigint GENERATED ALWAYS AS IDENTITY,
        webhook_id uuid NOT NULL REFERENCES webhook (id) ON DELETE CASCADE,
        tenant_id uuid NOT NULL,
        event_type text NOT NULL,
        event_id uuid NOT NULL,
        -- Whose the object was, and what rules look at.
        subject text NOT NULL,
        subject_tenant_id uuid,
        subject_path ltree,
        domain_id uuid,
        body text NOT NULL,
        state text NOT NULL DEFAULT 'PENDING' CHECK (state IN ('PENDING', 'DELIVERED', 'FAILED', 'CANCELLED')),
        attempts integer NOT NULL DEFAULT 0,
        -- While it is being sent: when another replica may take it for lost.
        next_attempt_at timestamptz NOT NULL DEFAULT now(),
        claimed_by uuid,
        gives_up_at timestamptz NOT NULL DEFAULT now() + interval '1 day',
        -- Asked for by somebody: also while the webhook is paused or disabled.
        by_hand boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL DEFAULT now(),
        finished_at timestamptz,
        UNIQUE (webhook_id, event_id)
      );
      CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (webhook_id, next_attempt_at, ordinal) WHERE state = 'PENDING';
      CREATE INDEX webhook_delivery_claimed_idx ON webhook_delivery (webhook_id) WHERE claimed_by IS NOT NULL;
      CREATE INDEX webhook_delivery_log_idx ON webhook_delivery (webhook_id, created_at, id);
      CREATE INDEX webhook_delivery_tenant_idx ON webhook_delivery (tenant_id, created_at, id);
      CREATE INDEX webhook_delivery_created_at_idx ON webhook_delivery (created_at, id);

      CREATE TABLE webhook_attempt (
        delivery_id uuid NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
        tenant_id uuid NOT NULL,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        url text NOT NULL,
        status integer,
        -- Why there is no status.
        fault text,
        excerpt text,
        PRIMARY KEY (delivery_id, number)
      );

      CREATE TABLE webhook_cursor (
        only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
        -- Of the audit trail.
        sequence bigint NOT NULL
      );
      INSERT INTO webhook_cursor (sequence) SELECT sequence FROM audit_head;

      -- Where mail events came in that nobody has looked through yet. An outbox and no cursor: batches commit in any order.
      CREATE TABLE webhook_mail_batch (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        min_at timestamptz NOT NULL,
        max_at timestamptz NOT NULL,
        min_id uuid NOT NULL,
        max_id uuid NOT NULL
      );
      -- In the transaction that stores the events: whoever stores some need not know of webhooks.
      CREATE FUNCTION record_webhook_mail_batch() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF EXISTS (SELECT FROM webhook WHERE about_mail AND status = 'ACTIVE') THEN
            INSERT INTO webhook_mail_batch (min_at, max_at, min_id, max_id)
              SELECT min(at), max(at), min(id::text)::uuid, max(id::text)::uuid FROM new_rows HAVING count(*) > 0;
          END IF;
          RETURN NULL;
        END
      $$;
      CREATE TRIGGER mail_event_told_to_webhooks AFTER INSERT ON mail_event
        REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION record_webhook_mail_batch();
    `)
    for (const table of ['webhook', 'webhook_health', 'webhook_delivery', 'webhook_attempt'])
      await protectTable(runner, { table, of: 'tenant' })
    await auditTable(runner, {
      table: 'webhook',
      subject: 'Webhook',
      tenant: 'item.tenant_id',
      label: 'item.url',
      secret: ['sealed_secret', 'sealed_former_secret'],
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    await stopAuditing(runner, 'webhook')
    await runner.query(`
      DROP TRIGGER mail_event_told_to_webhooks ON mail_event;
      DROP FUNCTION record_webhook_mail_batch;
      DROP TABLE webhook_mail_batch, webhook_cursor, webhook_attempt, webhook_delivery, webhook_health, webhook;
    `)
  }
}
