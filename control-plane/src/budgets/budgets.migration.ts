/**
 * Budgets: a row where something was allotted, and nowhere else, so that who has no budget above costs and waits for nothing.
 *
 * `used` is kept by triggers on what is counted, whoever changes it and how, for the tenant and all tenants above that have a
 * row. They lock the tenants as foreign keys do, which a new budget waits for (allot.ts): it counts what is there once, and
 * misses nothing that is on its way.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class Budgets1765000000102 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      ALTER TABLE tenant
        ADD COLUMN oversell text NOT NULL DEFAULT 'BLOCK' CHECK (oversell IN ('BLOCK', 'NOTIFY', 'ALLOW')),
        ADD COLUMN budget_version integer NOT NULL DEFAULT 1;

      CREATE TABLE budget (
        tenant_id uuid NOT NULL REFERENCES tenant (id),
        resource text NOT NULL CHECK (resource IN ('DOMAINS', 'MAILBOXES', 'STORAGE', 'SENDS_PER_DAY')),
        allotted bigint NOT NULL CHECK (allotted >= 0),
        -- By the tenant and all below it. Of sends, always 0: the events tell.
        used bigint NOT NULL,
        -- The nearest tenant above that has a budget of this resource: what is allotted here comes from there.
        pool_id uuid,
        PRIMARY KEY (tenant_id, resource),
        FOREIGN KEY (pool_id, resource) REFERENCES budget (tenant_id, resource) DEFERRABLE INITIALLY DEFERRED
      );
      CREATE INDEX budget_pool_idx ON budget (pool_id, resource);

      CREATE TABLE budget_notice (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenant (id) ON DELETE CASCADE,
        resource text NOT NULL,
        kind text NOT NULL CHECK (kind IN ('OVERSOLD', 'OVERUSED')),
        allotted bigint NOT NULL,
        -- Handed down and used, or used.
        amount bigint NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
      );
      CREATE INDEX budget_notice_created_at_idx ON budget_notice (created_at, id);
      CREATE INDEX budget_notice_tenant_idx ON budget_notice (tenant_id, created_at, id);

      CREATE FUNCTION charge_budgets(owners uuid[], domains bigint[], mailboxes bigint[], bytes bigint[])
      RETURNS void LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM FROM tenant WHERE path @> ANY (SELECT path FROM tenant WHERE id = ANY (owners))
          ORDER BY nlevel(path), id FOR KEY SHARE;
        PERFORM FROM budget JOIN tenant ON tenant.id = budget.tenant_id
          WHERE tenant.path @> ANY (SELECT path FROM tenant WHERE id = ANY (owners))
          ORDER BY nlevel(tenant.path), tenant.id, budget.resource FOR UPDATE OF budget;
        IF NOT FOUND THEN RETURN; END IF;
        UPDATE budget SET used = budget.used + charge.amount
        FROM (
          SELECT above.id AS tenant_id, charged.resource, sum(charged.amount) AS amount
          FROM unnest(owners, domains, mailboxes, bytes) AS change (owner, domains, mailboxes, bytes)
          JOIN tenant AS own ON own.id = change.owner
          JOIN tenant AS above ON above.path @> own.path
          CROSS JOIN LATERAL (VALUES ('DOMAINS', change.domains), ('MAILBOXES', change.mailboxes), ('STORAGE', change.bytes))
            AS charged (resource, amount)
          GROUP BY above.id, charged.resource
        ) AS charge
        WHERE budget.tenant_id = charge.tenant_id AND budget.resource = charge.resource AND charge.amount <> 0;
      END $$;

      CREATE FUNCTION charge_domains() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM charge_budgets(array_agg(tenant_id), array_agg(sign * count), array_agg(0), array_agg(0))
        FROM (SELECT tenant_id, count(*), CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END AS sign
          FROM changed GROUP BY tenant_id) AS change
        HAVING count(*) > 0;
        RETURN NULL;
      END $$;
      CREATE TRIGGER domain_is_charged AFTER INSERT ON domain REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION charge_domains();
      CREATE TRIGGER domain_is_credited AFTER DELETE ON domain REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION charge_domains();

      CREATE FUNCTION charge_mailboxes() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM charge_budgets(array_agg(tenant_id), array_agg(0), array_agg(sign * count), array_agg(sign * bytes))
        FROM (SELECT domain.tenant_id, count(*), coalesce(sum(changed.quota_bytes), 0)::bigint AS bytes,
            CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END AS sign
          FROM changed JOIN domain ON domain.id = changed.domain_id GROUP BY domain.tenant_id) AS change
        HAVING count(*) > 0;
        RETURN NULL;
      END $$;
      CREATE TRIGGER mailbox_is_charged AFTER INSERT ON mailbox REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION charge_mailboxes();
      CREATE TRIGGER mailbox_is_credited AFTER DELETE ON mailbox REFERENCING OLD TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION charge_mailboxes();

      CREATE FUNCTION charge_quota() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM charge_budgets(ARRAY[tenant_id], ARRAY[0], ARRAY[0],
          ARRAY[coalesce(NEW.quota_bytes, 0) - coalesce(OLD.quota_bytes, 0)])
        FROM domain WHERE id = NEW.domain_id;
        RETURN NULL;
      END $$;
      CREATE TRIGGER mailbox_quota_is_charged AFTER UPDATE OF quota_bytes ON mailbox
        FOR EACH ROW WHEN (NEW.quota_bytes IS DISTINCT FROM OLD.quota_bytes) EXECUTE FUNCTION charge_quota();

      -- A domain that goes to another tenant takes all that it holds.
      CREATE FUNCTION charge_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        PERFORM charge_budgets(ARRAY[OLD.tenant_id, NEW.tenant_id], ARRAY[-1, 1], ARRAY[-held.count, held.count],
          ARRAY[-held.bytes, held.bytes])
        FROM (SELECT count(*), coalesce(sum(quota_bytes), 0)::bigint AS bytes FROM mailbox WHERE domain_id = NEW.id) AS held;
        RETURN NULL;
      END $$;
      CREATE TRIGGER domain_transfer_is_charged AFTER UPDATE OF tenant_id ON domain
        FOR EACH ROW WHEN (NEW.tenant_id <> OLD.tenant_id) EXECUTE FUNCTION charge_transfer();
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TRIGGER domain_is_charged ON domain;
      DROP TRIGGER domain_is_credited ON domain;
      DROP TRIGGER domain_transfer_is_charged ON domain;
      DROP TRIGGER mailbox_is_charged ON mailbox;
      DROP TRIGGER mailbox_is_credited ON mailbox;
      DROP TRIGGER mailbox_quota_is_charged ON mailbox;
      DROP FUNCTION charge_domains, charge_mailboxes, charge_quota, charge_transfer, charge_budgets;
      DROP TABLE budget_notice, budget;
      ALTER TABLE tenant DROP COLUMN oversell, DROP COLUMN budget_version;
    `)
  }
}
