/** What waits in the nodes' outbound queues, as their events tell it; what holds it; and what administrators have asked of it. */
import type { MigrationInterface, QueryRunner } from 'typeorm'
import { protectTable, reached } from '../access/protected-table.js'
import { viewerRole } from '../access/reach.js'
import { auditTable, stopAuditing } from '../audit/audited-table.js'
import { holds } from './holds-message.js'

const told = { queue_hold: 'QueueHold', queue_command: 'QueueCommand' }

export class Queue1767000000501 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    const [{ schema }] = await runner.query('SELECT current_schema() AS schema')
    const definer = `SECURITY DEFINER SET search_path = ${schema}, pg_temp`
    await runner.query(`
      CREATE TABLE queued_message (
        id uuid PRIMARY KEY,
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        -- That told of it: a queue that begins anew on its node has nothing of what the one before had.
        stream text NOT NULL,
        transaction_id text NOT NULL,
        recipient text NOT NULL,
        destination text NOT NULL,
        domain_id uuid NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
        mailbox_id uuid,
        sender text NOT NULL,
        message_id text,
        subject text,
        size bigint,
        queued_at timestamptz NOT NULL,
        attempts integer NOT NULL,
        next_attempt_at timestamptz,
        last_reply text,
        remote_host text,
        CONSTRAINT queued_message_name_key UNIQUE (mail_node_id, transaction_id, recipient)
      );
      CREATE INDEX queued_message_age_idx ON queued_message (queued_at, id);
      CREATE INDEX queued_message_domain_idx ON queued_message (domain_id, queued_at, id);
      CREATE INDEX queued_message_mailbox_idx ON queued_message (mailbox_id);
      CREATE INDEX queued_message_destination_idx ON queued_message (destination, id);
      CREATE INDEX queued_message_sender_idx ON queued_message (sender);
      CREATE INDEX queued_message_recipient_idx ON queued_message (recipient);

      CREATE TABLE queue_hold (
        id uuid PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        domain_id uuid REFERENCES domain (id) ON DELETE CASCADE,
        mailbox_id uuid REFERENCES mailbox (id) ON DELETE CASCADE,
        destination text,
        -- All three, or none: one message for one recipient.
        mail_node_id uuid REFERENCES mail_node (id) ON DELETE CASCADE,
        transaction_id text,
        recipient text,
        reason text NOT NULL CHECK (reason IN ('ADMINISTRATOR', 'UNUSUAL_SENDING')),
        note text,
        CHECK (num_nonnulls(mail_node_id, transaction_id, recipient) IN (0, 3))
      );
      CREATE UNIQUE INDEX queue_hold_key
        ON queue_hold (tenant_id, domain_id, mailbox_id, destination, mail_node_id, transaction_id, recipient) NULLS NOT DISTINCT;
      CREATE INDEX queue_hold_age_idx ON queue_hold (created_at, id);
      CREATE INDEX queue_hold_domain_idx ON queue_hold (domain_id);
      CREATE INDEX queue_hold_mailbox_idx ON queue_hold (mailbox_id);
      CREATE INDEX queue_hold_message_idx ON queue_hold (mail_node_id, transaction_id);

      CREATE TABLE queue_command (
        id uuid PRIMARY KEY,
        created_at timestamptz NOT NULL DEFAULT now(),
        action text NOT NULL CHECK (action IN ('RETRY', 'BOUNCE', 'DELETE')),
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        domain_id uuid REFERENCES domain (id) ON DELETE CASCADE,
        mailbox_id uuid REFERENCES mailbox (id) ON DELETE CASCADE,
        destination text,
        -- Null: all nodes. Messages are of one node.
        mail_node_id uuid REFERENCES mail_node (id) ON DELETE CASCADE,
        messages jsonb
      );
      CREATE INDEX queue_command_tenant_idx ON queue_command (tenant_id);
      CREATE INDEX queue_command_age_idx ON queue_command (created_at);

      -- Whether anything holds it, whoever's: that it is held its sender's administrators may know, by whom need not be theirs to see.
      CREATE FUNCTION is_held(message queued_message) RETURNS boolean STABLE LANGUAGE sql ${definer} AS
        $$ SELECT EXISTS (SELECT FROM queue_hold AS hold WHERE ${holds('hold', 'message')}) $$;
      GRANT EXECUTE ON FUNCTION is_held TO ${viewerRole};
    `)
    // By a trigger, since a hold also ends with what it was about, and a node that was not told would hold on for ever.
    for (const [table, kind] of Object.entries(told))
      await runner.query(`
        CREATE FUNCTION tell_${table}() RETURNS trigger LANGUAGE plpgsql ${definer} AS $$
          DECLARE changed ${table};
          BEGIN
            IF TG_OP = 'DELETE' THEN changed := OLD; ELSE changed := NEW; END IF;
            INSERT INTO change_outbox (kind, resource_id, mail_node_id)
            SELECT '${kind}', changed.id, node.id FROM mail_node AS node
            WHERE changed.mail_node_id IS NULL OR changed.mail_node_id = node.id;
            RETURN NULL;
          END $$;
        CREATE TRIGGER ${table}_told AFTER INSERT OR DELETE ON ${table} FOR EACH ROW EXECUTE FUNCTION tell_${table}();
      `)
    await protectTable(runner, { table: 'queued_message', of: 'domain' })
    for (const table of Object.keys(told))
      await protectTable(runner, { table, of: ['tenant', { sql: reached.domain(`${table}.domain_id`) }] })
    await auditTable(runner, {
      table: 'queue_hold',
      subject: 'QueueHold',
      tenant: 'item.tenant_id',
      label: `coalesce(item.recipient, item.destination, (SELECT address FROM mailbox WHERE id = item.mailbox_id),
        (SELECT name FROM domain WHERE id = item.domain_id), (SELECT name FROM tenant WHERE id = item.tenant_id), '')`,
    })
    await auditTable(runner, {
      table: 'queue_command',
      subject: 'QueuedMessage',
      tenant: 'item.tenant_id',
      label: `item.action || ' ' || coalesce(item.messages -> 0 ->> 'recipient', item.destination,
        (SELECT address FROM mailbox WHERE id = item.mailbox_id), (SELECT name FROM domain WHERE id = item.domain_id),
        (SELECT name FROM tenant WHERE id = item.tenant_id), '')`,
      forgettable: 'true',
    })
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of Object.keys(told)) await stopAuditing(runner, table)
    await runner.query(`
      DROP FUNCTION is_held; DROP TABLE queue_command, queue_hold, queued_message;
      DROP FUNCTION tell_queue_hold, tell_queue_command;
    `)
  }
}
