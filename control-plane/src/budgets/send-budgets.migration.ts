/** What was sent in each day by tenant and node, and how a budget of the day is shared out among nodes. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class SendBudgets1766000000405 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE sent_in_day (
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        day date NOT NULL,
        -- Messages submitted, by the tenant itself.
        messages bigint NOT NULL,
        PRIMARY KEY (tenant_id, mail_node_id, day)
      );
      CREATE INDEX sent_in_day_day_idx ON sent_in_day (day);
      INSERT INTO sent_in_day (tenant_id, mail_node_id, day, messages)
        SELECT event.tenant_id, event.mail_node_id, (now() AT TIME ZONE 'UTC')::date, count(*) FROM mail_event AS event
        JOIN tenant ON tenant.id = event.tenant_id JOIN mail_node ON mail_node.id = event.mail_node_id
        WHERE event.at >= date_trunc('day', now(), 'UTC') AND event.type = 'ACCEPTED' AND event.protocol = 'SUBMISSION'
        GROUP BY event.tenant_id, event.mail_node_id;

      CREATE TABLE send_share (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        resource text NOT NULL DEFAULT 'SENDS_PER_DAY' CHECK (resource = 'SENDS_PER_DAY'),
        mail_node_id uuid NOT NULL REFERENCES mail_node (id) ON DELETE CASCADE,
        day date NOT NULL,
        granted bigint NOT NULL CHECK (granted >= 0),
        next_days bigint NOT NULL CHECK (next_days >= 0),
        -- The allotment that it is a share of.
        allotted bigint NOT NULL,
        CONSTRAINT send_share_key UNIQUE (tenant_id, mail_node_id)
      );
      CREATE INDEX send_share_node_idx ON send_share (mail_node_id, id);
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE send_share, sent_in_day')
  }
}
