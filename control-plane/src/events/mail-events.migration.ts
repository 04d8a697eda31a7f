/** Mail events by day, how far each stream of each node is ingested, and which node serves or served which domain. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class MailEvents1764000000004 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail_event (
        id uuid NOT NULL,
        -- When it happened, within what can be believed; reported_at is what the node said.
        at timestamptz NOT NULL,
        reported_at timestamptz NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        mail_node_id uuid NOT NULL,
        tenant_id uuid,
        domain_id uuid,
        mailbox_id text,
        type text NOT NULL,
        direction text,
        protocol text,
        transaction_id text,
        sender text,
        recipient text,
        original_recipient text,
        -- In normal form and reversed: one index serves the whole address and, as a prefix, its domain.
        sender_key text COLLATE "C",
        recipient_key text COLLATE "C",
        original_recipient_key text COLLATE "C",
        message_id text,
        subject text,
        size bigint,
        remote_ip text,
        remote_host text,
        tls text,
        reply_code integer,
        enhanced_code text,
        reply_text text,
        attempt integer,
        next_attempt_at timestamptz,
        login text,
        PRIMARY KEY (at, id)
      ) PARTITION BY RANGE (at);
      CREATE INDEX mail_event_at_brin ON mail_event USING brin (at);
      CREATE INDEX mail_event_tenant_idx ON mail_event (tenant_id, at, id);
      CREATE INDEX mail_event_domain_idx ON mail_event (domain_id, at, id);
      CREATE INDEX mail_event_sender_idx ON mail_event (sender_key, at);
      CREATE INDEX mail_event_recipient_idx ON mail_event (recipient_key, at);
      CREATE INDEX mail_event_original_recipient_idx ON mail_event (original_recipient_key, at)
        WHERE original_recipient_key IS NOT NULL;
      CREATE INDEX mail_event_message_id_idx ON mail_event USING hash (message_id);
      CREATE INDEX mail_event_transaction_id_idx ON mail_event USING hash (transaction_id);

      CREATE TABLE mail_event_stream (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        stream text NOT NULL,
        high_water bigint NOT NULL,
        PRIMARY KEY (mail_node_id, stream)
      );

      -- Events that cannot be stored as such, kept for whoever looks for the fault.
      CREATE TABLE mail_event_set_aside (
        mail_node_id uuid NOT NULL,
        stream text NOT NULL,
        sequence bigint NOT NULL,
        received_at timestamptz NOT NULL DEFAULT now(),
        reason text NOT NULL,
        body text NOT NULL,
        PRIMARY KEY (mail_node_id, stream, sequence)
      );
      CREATE INDEX mail_event_set_aside_received_at_idx ON mail_event_set_aside (received_at);

      -- Outlives the domain: what its node still has to tell of it belongs to the tenant.
      CREATE TABLE domain_placement (
        domain_id uuid NOT NULL,
        mail_node_id uuid NOT NULL,
        tenant_id uuid NOT NULL,
        PRIMARY KEY (domain_id, mail_node_id)
      );
      CREATE FUNCTION record_domain_placement() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF NEW.mail_node_id IS NOT NULL THEN
            INSERT INTO domain_placement VALUES (NEW.id, NEW.mail_node_id, NEW.tenant_id) ON CONFLICT DO NOTHING;
          END IF;
          UPDATE domain_placement SET tenant_id = NEW.tenant_id
          WHERE domain_id = NEW.id AND tenant_id <> NEW.tenant_id;
          RETURN NULL;
        END
      $$;
      CREATE TRIGGER domain_placement_recorded AFTER INSERT OR UPDATE OF mail_node_id, tenant_id ON domain
        FOR EACH ROW EXECUTE FUNCTION record_domain_placement();
      INSERT INTO domain_placement
        SELECT id, mail_node_id, tenant_id FROM domain WHERE mail_node_id IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER domain_placement_recorded ON domain;
      DROP FUNCTION record_domain_placement;
      DROP TABLE domain_placement, mail_event_set_aside, mail_event_stream, mail_event;
    `)
  }
}
