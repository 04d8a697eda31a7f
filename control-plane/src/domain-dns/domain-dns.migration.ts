/** What DNS was found to have for each domain, when it is looked at next, and what went wrong with what had been right. */
import type { MigrationInterface, QueryRunner } from 'typeorm'

export class DomainDns1766000000202 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`
      CREATE TABLE domain_dns_check (
        domain_id uuid PRIMARY KEY REFERENCES domain (id) ON DELETE CASCADE,
        next_check_at timestamptz NOT NULL DEFAULT now(),
        checked_at timestamptz,
        -- As domain-dns/checks/finding.ts says.
        findings jsonb NOT NULL DEFAULT '[]',
        -- Checks in a row that found the same: the longer, the more seldom it is looked.
        quiet integer NOT NULL DEFAULT 0,
        -- By whom a check was last asked for, which is bounded.
        asked_at timestamptz,
        asked_by uuid
      );
      CREATE INDEX domain_dns_check_due_idx ON domain_dns_check (next_check_at);
      CREATE INDEX domain_dns_check_asked_idx ON domain_dns_check (asked_by, asked_at) WHERE asked_by IS NOT NULL;

      CREATE FUNCTION check_dns_of_new_domains() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        INSERT INTO domain_dns_check (domain_id) SELECT id FROM changed;
        RETURN NULL;
      END $$;
      CREATE TRIGGER domain_dns_is_checked AFTER INSERT ON domain REFERENCING NEW TABLE AS changed
        FOR EACH STATEMENT EXECUTE FUNCTION check_dns_of_new_domains();
      -- Spread out: those that are there would all be looked at in one go.
      INSERT INTO domain_dns_check (domain_id, next_check_at)
        SELECT id, now() + random() * interval '6 hours' FROM domain;

      CREATE TABLE domain_alert (
        id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
        domain_id uuid NOT NULL REFERENCES domain (id) ON DELETE CASCADE,
        purpose text NOT NULL,
        host text NOT NULL,
        verdict text NOT NULL CHECK (verdict IN ('MISSING', 'WRONG')),
        reason text,
        expected text NOT NULL,
        found jsonb NOT NULL,
        opened_at timestamptz NOT NULL DEFAULT now(),
        -- When it was right again, or nothing was expected there any more.
        resolved_at timestamptz
      );
      CREATE UNIQUE INDEX domain_alert_open_key ON domain_alert (domain_id, purpose, host) WHERE resolved_at IS NULL;
      CREATE INDEX domain_alert_opened_at_idx ON domain_alert (opened_at, id);
      CREATE INDEX domain_alert_domain_idx ON domain_alert (domain_id, opened_at, id);
      CREATE INDEX domain_alert_resolved_at_idx ON domain_alert (resolved_at) WHERE resolved_at IS NOT NULL;
    `)
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`
      DROP TABLE domain_alert, domain_dns_check;
      DROP TRIGGER domain_dns_is_checked ON domain;
      DROP FUNCTION check_dns_of_new_domains;
    `)
  }
}
