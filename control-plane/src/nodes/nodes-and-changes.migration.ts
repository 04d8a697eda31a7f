/** Mail nodes, their enrolment and links, and the change log that their config streams are read from. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class NodesAndChanges1764000000002 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE mail_node (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        host_name text NOT NULL,
        status text NOT NULL DEFAULT 'ACTIVE' CHECK (status IN ('ACTIVE', 'SUSPENDED')),
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        max_message_bytes bigint NOT NULL,
        outbound_routes jsonb NOT NULL DEFAULT '[]',
        retry_delays integer[] NOT NULL,
        max_queue_age integer NOT NULL,
        public_key jsonb,
        -- RFC 7638 thumbprint: a link made with another key is cut.
        key_thumbprint text,
        enrolled_at timestamptz
      );
      CREATE UNIQUE INDEX mail_node_name_key ON mail_node (lower(name));
      CREATE INDEX mail_node_created_at_idx ON mail_node (created_at, id);

      -- What the node says of itself, apart from what people set: written every few seconds, indexed by nothing else.
      CREATE TABLE mail_node_link (
        mail_node_id uuid PRIMARY KEY REFERENCES mail_node (id) ON DELETE CASCADE,
        -- The connection that holds the link now; null while there is none.
        link_id uuid,
        last_seen_at timestamptz,
        acknowledged_revision bigint NOT NULL DEFAULT 0,
        running_revision bigint NOT NULL DEFAULT 0,
        engine text,
        agent_version text,
        capabilities text[] NOT NULL DEFAULT '{}',
        healthy boolean,
        problems text[] NOT NULL DEFAULT '{}',
        queued_messages integer NOT NULL DEFAULT 0,
        open_connections integer NOT NULL DEFAULT 0
      ) WITH (fillfactor = 70);

      CREATE TABLE join_token (
        mail_node_id uuid PRIMARY KEY REFERENCES mail_node (id) ON DELETE CASCADE,
        token_hash bytea NOT NULL UNIQUE,
        expires_at timestamptz NOT NULL,
        used_at timestamptz
      );

      -- The jti of each node token that opened a connection, until it would have expired anyway.
      CREATE TABLE node_token_use (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        jti text NOT NULL,
        expires_at timestamptz NOT NULL,
        PRIMARY KEY (mail_node_id, jti)
      );
      CREATE INDEX node_token_use_expires_at_idx ON node_token_use (expires_at);

      CREATE TABLE config_rejection (
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        kind text NOT NULL,
        resource_id text NOT NULL,
        revision bigint NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (mail_node_id, kind, resource_id)
      );

      CREATE TABLE change_outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        kind text NOT NULL,
        resource_id uuid NOT NULL,
        mail_node_id uuid
      );
      CREATE TABLE change_log (
        revision bigint PRIMARY KEY,
        kind text NOT NULL,
        resource_id uuid NOT NULL,
        mail_node_id uuid,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX change_log_node_idx ON change_log (mail_node_id, revision);
      CREATE INDEX change_log_key_idx ON change_log (mail_node_id, kind, resource_id, revision);
      CREATE TABLE change_head (
        singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
        epoch uuid NOT NULL,
        revision bigint NOT NULL,
        compacted_to bigint NOT NULL
      );
      INSERT INTO change_head (epoch, revision, compacted_to) VALUES (gen_random_uuid(), 0, 0);
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE change_head, change_log, change_outbox, config_rejection, node_token_use, join_token, mail_node_link,
        mail_node;
    `)
  }
}
